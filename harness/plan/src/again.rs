//! The command that plans the same unit again.

use std::path::Path;

use cc_ci_model::Ceiling;
use cc_ci_policy::typed;
use cc_ci_source::Point;

use crate::planner::Wish;

/// What a command has to say so that it does the same again.
pub(crate) struct Again<'a> {
    pub(crate) asked: &'a str,
    pub(crate) wish: &'a Wish,
    pub(crate) base: Option<&'a Point>,
    pub(crate) reboots: bool,
    /// The ceilings that were typed.
    pub(crate) ceilings: &'a [(Ceiling, u64)],
    /// The root, where it was named. A root that was found is not named here: that would make its
    /// grants count.
    pub(crate) root: Option<&'a Path>,
    /// The folder in which the root is found, where the recipe comes from a root that was found.
    pub(crate) within: Option<&'a Path>,
}

/// The command that does the same again, for a shell.
pub(crate) fn rerun(again: &Again<'_>) -> String {
    let Again { asked, wish, base, reboots, ceilings, root, within } = again;
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    let word = |text: &str| {
        let quoted = || format!("'{}'", text.replace('\'', "'\\''"));
        if text.chars().all(plain) { text.to_owned() } else { quoted() }
    };
    let path = |path: &Path| word(&path.display().to_string());
    let mut command = within.map(|folder| format!("cd {} && ", path(folder))).unwrap_or_default();
    command.push_str(&format!("cc-ci rerun {}", word(asked)));
    // A base that was not published has no version that finds it again, and the branch whose tip it was moves on.
    let tip = base.filter(|base| !base.is_release()).and_then(|base| base.commit());
    let tip = tip.map(|commit| format!("#{commit}"));
    if let Some(from) = tip.or_else(|| wish.from.clone()) {
        command.push_str(&format!(" --from {}", word(&from)));
    }
    if !wish.tiers.is_empty() {
        let tiers: Vec<_> = wish.tiers.iter().map(|tier| tier.as_str()).collect();
        command.push_str(&format!(" --tiers {}", tiers.join(",")));
    }
    for grant in &wish.grants {
        command.push_str(&format!(" {}", typed(grant)));
    }
    for (ceiling, value) in *ceilings {
        command.push_str(&format!(" --ceiling {}={value}", ceiling.key()));
    }
    if *reboots {
        command.push_str(" --restart-daemon");
    }
    if let Some(root) = root {
        command.push_str(&format!(" --root {}", path(root)));
    }
    command
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Tier;

    use super::*;

    #[test]
    fn the_same_again_is_the_same() {
        let tiers = vec![Tier::Deploy, Tier::Custom];
        let wish = Wish { tiers, ..Wish::default() };
        let again = |asked, wish, reboots| Again {
            asked,
            wish,
            base: None,
            reboots,
            ceilings: &[],
            root: None,
            within: None,
        };
        let said = "cc-ci rerun './my recipes/shop@1.0.0+2' --tiers deploy,custom";
        assert_eq!(rerun(&again("./my recipes/shop@1.0.0+2", &wish, false)), said);
        let said = "cc-ci rerun mumble --restart-daemon";
        let usual = Wish::default();
        assert_eq!(rerun(&again("mumble", &usual, true)), said);
        let grants = ["cap:NET_ADMIN", "volume-name:${STACK_NAME}-data"];
        let grants = grants.map(|grant| grant.parse().unwrap()).to_vec();
        let wish = Wish { grants, ..Wish::default() };
        let said = "cc-ci rerun ./shop --grant cap:NET_ADMIN \
                    --grant 'volume-name:${STACK_NAME}-data' --root /catalogue";
        let root = Some(Path::new("/catalogue"));
        assert_eq!(rerun(&Again { root, ..again("./shop", &wish, false) }), said);
        let within = Some(Path::new("/my catalogue"));
        let said = "cd '/my catalogue' && cc-ci rerun shop";
        assert_eq!(rerun(&Again { within, ..again("shop", &usual, false) }), said);
        let ceilings = &[(Ceiling::Tasks, 7)][..];
        let said = "cc-ci rerun shop --ceiling tasks=7";
        assert_eq!(rerun(&Again { ceilings, ..again("shop", &usual, false) }), said);
    }
}
