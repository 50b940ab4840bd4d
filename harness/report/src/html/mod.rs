//! `report.html`: one file for people, without scripts, fonts or anything else from elsewhere.
//!
//! It is made of [`Page`], which takes markup from this crate's own constants only; every other text
//! is escaped on its way in.

mod cases;
mod checks;
mod head;
mod matrix;
mod page;
mod proofs;
#[cfg(test)]
mod tests;
mod unit;

use page::Page;

use crate::Run;

/// The whole file. Evidence is linked as `evidence/<sha256>`, relative to the out folder.
#[must_use]
pub fn render(run: &Run) -> String {
    let mut page = Page::default();
    page.within("html", &[("lang", "en")], |page| {
        page.within("head", &[], |page| head::meta(page, run));
        page.within("body", &[], |page| {
            page.within("main", &[], |page| {
                page.within("header", &[], |page| head::header(page, run));
                matrix::table(page, run);
                for (at, unit) in run.units.iter().enumerate() {
                    unit::section(page, at, unit);
                }
            });
        });
    });
    page.finish()
}
