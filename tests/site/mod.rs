//! The public pages as a browser without scripts gets them: forms that do what they say, in the language of
//! the reader, and that no other site can send.

mod account;
mod booking;

use reqwest::{Client, RequestBuilder, StatusCode, header::CONTENT_TYPE, redirect::Policy};
use tests::world::World;
use url::form_urlencoded::Serializer;

/// A browser that reads German, unless it says otherwise.
pub(crate) struct Browser<'a> {
    client: Client,
    world: &'a World,
    pub(crate) languages: &'static str,
}

/// A page as it was answered.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) html: String,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { client, world, languages: "de-AT, en;q=0.5" }
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.read(self.client.get(self.world.url(path))).await
    }

    /// Sends the form of a page of ours.
    pub(crate) async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send_from("same-origin", path, fields).await
    }

    pub(crate) async fn send_from(&self, site: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(self.world.url(path)).body(form);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.read(request.header("sec-fetch-site", site)).await
    }

    async fn read(&self, request: RequestBuilder) -> Page {
        let request =
            request.header("accept", "text/html").header("accept-language", self.languages);
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Page { status, headers, html: response.text().await.unwrap() }
    }
}

impl Page {
    /// What a hidden field of a form carries on.
    #[track_caller]
    pub(crate) fn hidden(&self, name: &str) -> String {
        let field = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.html.split_once(&field).unwrap_or_else(|| panic!("no {name}"));
        rest.split('"').next().unwrap().to_owned()
    }

    /// Itself, if it has this status and says all of this.
    #[track_caller]
    pub(crate) fn says(self, status: StatusCode, texts: &[&str]) -> Self {
        assert_eq!(self.status, status, "{}", self.html);
        for text in texts {
            assert!(self.html.contains(text), "no {text}: {}", self.html);
        }
        self
    }
}
