//! One page of a list: how much fits, and the cursor of the next page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_shared::envelope::Internal;
use latchkey_shared::envelope::tyk::{self, Failure};
use latchkey_shared::runtime::request::{MAX_LISTED_BYTES, Query, Request, Response};
use latchkey_shared::secrets::{Purpose, Sealed, Sealer};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One page of a list.
pub(super) struct ListPage<'a, T = String> {
    path: &'static str,
    request: &'a Request,
    limit: Option<usize>,
    entries: Vec<T>,
    bytes: usize,
}

impl<'a, T: Serialize> ListPage<'a, T> {
    /// An empty page of the list at `path`, as long as the request's `limit` says.
    pub(super) fn new(path: &'static str, request: &'a Request) -> Result<Self, Failure> {
        let limit = match request.query.get("limit") {
            "" => None,
            limit => Some(limit.parse().ok().filter(|limit| *limit > 0).ok_or(Failure::InvalidLimit)?),
        };
        Ok(Self { path, request, limit, entries: Vec::new(), bytes: 0 })
    }

    /// Where the list continues, by the request's cursor; `None` without a cursor.
    pub(super) fn resume<P: DeserializeOwned>(&self, sealer: &Sealer) -> Result<Option<P>, Failure> {
        let cursor = self.request.query.get("cursor");
        if cursor.is_empty() {
            return Ok(None);
        }
        let sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Failure::InvalidCursor)?;
        let open = sealer.open(Purpose::Cursor, self.bound_to().as_bytes(), &Sealed::from_bytes(sealed));
        let place = open.map_err(|_| Failure::InvalidCursor)?;
        serde_json::from_slice(&place).map(Some).map_err(|_| Failure::InvalidCursor)
    }

    /// How many rows to read: as many as the page still takes, and one more to see whether the list continues. `None`
    /// for no limit.
    pub(super) fn room(&self) -> Option<i32> {
        let more = self.limit?.saturating_sub(self.entries.len()).saturating_add(1);
        i32::try_from(more).ok()
    }

    /// Whether the page still takes `entry`. It takes at least one.
    pub(super) fn fits(&self, entry: &T) -> bool {
        self.limit.is_none_or(|limit| self.entries.len() < limit)
            && (self.entries.is_empty() || self.bytes + tyk::bytes_of_listed(entry) <= MAX_LISTED_BYTES)
    }

    /// Adds `entry`, which must fit.
    pub(super) fn push(&mut self, entry: T) {
        self.bytes += tyk::bytes_of_listed(&entry);
        self.entries.push(entry);
    }

    /// The reply, in the form of `answer`. The list continues at `next`, if at all.
    pub(super) fn reply_as(
        self,
        answer: impl FnOnce(&[T], Option<&str>) -> Response,
        next: Option<&impl Serialize>,
        sealer: &Sealer,
    ) -> Result<Response, Failure> {
        let next = match next.map(serde_json::to_vec).transpose().map_err(|_| Internal::Broken("no cursor"))? {
            None => None,
            Some(place) => {
                let sealed = sealer.seal(Purpose::Cursor, self.bound_to().as_bytes(), &place)?;
                let cursor = URL_SAFE_NO_PAD.encode(sealed.as_bytes());
                let of = |name| (name, self.request.query.get(name));
                let query = Query::encode(&[of("filter"), of("api_id"), of("limit"), ("cursor", &cursor)]);
                Some(format!("{}{}?{query}", self.request.base, self.path))
            }
        };
        Ok(answer(&self.entries, next.as_deref()))
    }

    /// The list that a cursor belongs to: it cannot be opened for any other.
    fn bound_to(&self) -> String {
        let of = |name| (name, self.request.query.get(name));
        format!("{}?{}", self.path, Query::encode(&[of("filter"), of("api_id")]))
    }
}

impl ListPage<'_> {
    /// Sorts the page in byte order.
    pub(super) fn sort(&mut self) {
        self.entries.sort_unstable();
    }

    /// The reply. The list continues at `next`, if at all.
    pub(super) fn reply(self, next: Option<&impl Serialize>, sealer: &Sealer) -> Result<Response, Failure> {
        self.reply_as(tyk::list, next, sealer)
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use latchkey_shared::runtime::request::bytes_in_answer;

    use super::*;

    #[test]
    fn a_page_is_bounded_by_the_bytes_of_the_answer() {
        let request = Request::new(Method::GET, "/tyk/keys".into(), Ok(Vec::new().into()), String::new());
        for name in ["\"", "\\", "<", "\u{2028}", "\u{1}", "a", "é"] {
            let mut page = ListPage::new("/tyk/keys", &request).unwrap();
            let key = name.repeat(500);
            while page.fits(&key) {
                page.push(key.clone());
            }
            let answer = bytes_in_answer(tyk::list(&page.entries, None).body());
            let most = MAX_LISTED_BYTES + 100;
            assert!((most - 10_000..=most).contains(&answer), "{name:?}: {answer}");
        }
    }
}
