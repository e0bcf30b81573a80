//! What a start does about calls that a crash left open, where nothing was said in them.

use std::collections::BTreeMap;

use yorisoi::app::App;

/// Says how many there were.
pub(crate) async fn close_broken(app: &App) -> usize {
    let broken = app.find_broken().await.unwrap();
    for broken in &broken {
        app.settle_broken(broken, &BTreeMap::new()).await.unwrap();
        for place in broken.voices.iter().flat_map(|voice| &voice.places) {
            app.settle_left(*place).await.unwrap();
        }
    }
    broken.len()
}
