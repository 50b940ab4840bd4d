//! Recipes that a stranger could send. Each attack is refused before anything is created, or contained while it runs.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

#[path = "hostile/ceilings.rs"]
mod ceilings;
#[path = "hostile/leases.rs"]
mod leases;
#[path = "hostile/network.rs"]
mod network;
#[path = "hostile/powers.rs"]
mod powers;
#[path = "hostile/secrets.rs"]
mod secrets;
#[path = "hostile/stage.rs"]
mod stage;

#[test]
fn an_attack_is_a_recipe_given_by_its_path() {
    let attack = stage::Attack::of("forged-labels");
    assert!(attack.recipe.is_absolute() && attack.recipe.join("recipe.toml").is_file());
    assert!(attack.checkout.root().join("recipes").is_dir());
    assert!(!attack.folder("run").out().exists());
}
