//! A recipe whose own check lasts until somebody breaks it off.

use cc_ci_testkit::Checkout;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Takes connections and never answers.
pub(crate) struct Hang {
    port: u16,
    listening: JoinHandle<()>,
}

impl Hang {
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let listening = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((connection, _)) = listener.accept().await {
                held.push(connection);
            }
        });
        Self { port, listening }
    }

    /// `custom-html` under the name `shop`, with a check that this server never answers.
    pub(crate) fn add_recipe(&self, checkout: &Checkout) {
        checkout.copy("recipes/custom-html", "recipes/shop");
        let url = format!("http://127.0.0.1:{}/", self.port);
        let suite = format!(
            "schema = 1\n[timeouts]\ncheck = 300\nstable = 1\n\
             [[check]]\nid = \"hangs\"\ntier = \"custom\"\nprobe = \"http\"\nfrom = \"host\"\n\
             with = {{ url = \"{url}\" }}\n"
        );
        checkout.write("suites/shop/suite.toml", suite);
    }
}

impl Drop for Hang {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
