//! No command writes a byte anywhere but where it says: in a home directory full of links, pipes, hard
//! links and other people's files, everything is compared before and after each command.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use themes::story;
use world::World;

mod allowed;
mod themes;
mod world;

fn config() -> ProptestConfig {
    let asked = std::env::var("MCPGEN_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(96),
        rng_seed: RngSeed::Fixed(2026),
        failure_persistence: None,
        max_shrink_iters: 100,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_command_writes_outside_of_its_documented_files(
        lived_in in prop::bool::ANY,
        (plants, commands) in story(),
    ) {
        let mut world = World::new(lived_in, &plants);
        for (command, reach) in commands {
            world.run(&command.split(' ').collect::<Vec<_>>(), reach);
        }
    }
}
