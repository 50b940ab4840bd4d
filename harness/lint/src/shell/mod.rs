//! What a shell script seems to do. Nothing is executed and nothing is certain: each finder says
//! in which cases it is silent.

mod download;
mod dump;
mod execute;
mod operator;
mod split;

pub(crate) use download::downloads;
pub(crate) use dump::{Dump, dumps};
pub(crate) use execute::{executed, is_shell};
pub(crate) use operator::needs_shell;

#[cfg(test)]
mod tests {
    proptest::proptest! {
        /// Scripts come from recipes, so they can hold any text.
        #[test]
        fn any_text_is_read(text in "([-$>|&;(){}'\"\\\\# \n=c/a]|pg_dump|mv|curl|\\.backup|http://a\\.b){0,20}|\\PC{0,20}") {
            let _ = (super::dumps(&text), super::downloads(&text, "a.test"), super::executed(&text), super::needs_shell(&text));
        }
    }
}
