//! A recipe whose own check lasts as long as a test wants.

use cc_ci_testkit::{Checkout, Server};
use tokio::sync::watch;

use crate::{PROGRAM, PROJECT};

/// A catalogue with `custom-html` under the name `shop`; its check `sells` gets no answer while the
/// shop is closed.
pub(crate) struct Shop {
    pub(crate) checkout: Checkout,
    closed: watch::Sender<bool>,
    _server: Server,
}

impl Shop {
    /// Opens a closed shop.
    pub(crate) async fn open() -> Self {
        let (closed, wait) = watch::channel(true);
        let server = Server::listen(move |_| {
            let mut wait = wait.clone();
            async move {
                // A shop that is gone answers nobody, so the result does not matter.
                let _ = wait.wait_for(|closed| !closed).await;
                200
            }
        });
        let server = server.await;
        let checkout = Checkout::bare(PROJECT, PROGRAM);
        checkout.copy("recipes/custom-html", "recipes/shop");
        let suite = format!(
            "schema = 1\n[timeouts]\ncheck = 300\nstable = 1\n\
             [[check]]\nid = \"sells\"\ntier = \"custom\"\nprobe = \"http\"\nfrom = \"host\"\n\
             with = {{ url = \"{}\" }}\n",
            server.url()
        );
        checkout.write("suites/shop/suite.toml", suite);
        Self { checkout, closed, _server: server }
    }

    /// From now on the check gets its answer.
    pub(crate) fn sell(&self) {
        self.closed.send_replace(false);
    }
}
