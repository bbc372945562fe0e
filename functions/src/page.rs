//! Lists in one answer, or in pages if they are too long for one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_shared::access::OrgScope;
use latchkey_shared::keys::Key;
use latchkey_shared::runtime::request::{MAX_LISTED_BYTES, Request, bytes_in_answer};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The request's cursor was not returned by this list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidCursor;

/// What an answer has room for, in bytes.
#[derive(Debug, Default)]
pub(crate) struct Room {
    bytes: usize,
    is_taken: bool,
}

impl Room {
    /// Whether the answer takes one more entry. It always takes the first: one that is too long by
    /// itself would end the list for ever.
    pub(crate) fn takes(&mut self, entry: &impl Serialize) -> bool {
        self.bytes += bytes_of(entry);
        let takes = self.bytes <= MAX_LISTED_BYTES || !self.is_taken;
        self.is_taken = true;
        takes
    }
}

/// A page of a list, and the address of the next page if there is one.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) entries: Vec<T>,
    pub(crate) next: Option<String>,
}

impl<T: Serialize> Page<T> {
    /// As many entries as fit an answer, in the order of their places, after the request's
    /// `cursor`. The cursor is the last place of the previous page, so an entry that is added or
    /// deleted in between shifts no other entry.
    pub(crate) fn of<P: Ord + Serialize + DeserializeOwned>(
        request: &Request,
        mut entries: Vec<(P, T)>,
    ) -> Result<Self, InvalidCursor> {
        let cursor = request.query.get("cursor");
        let after: Option<P> = if cursor.is_empty() { None } else { Some(read(cursor)?) };
        entries.retain(|(place, _)| after.as_ref().is_none_or(|after| place > after));
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        let (mut page, mut last, mut room) = (Vec::new(), None, Room::default());
        for (place, entry) in entries {
            if !room.takes(&entry) {
                return Ok(Self { entries: page, next: last.map(|place| address(request, &place)) });
            }
            page.push(entry);
            last = Some(place);
        }
        Ok(Self { entries: page, next: None })
    }
}

/// A page of the keys of the scope's organisation, in the order of the places that `view` gives
/// them. Keys without a view are left out.
pub(crate) async fn page_of_keys<P, T, E>(
    service: &Service,
    request: &Request,
    scope: &OrgScope,
    view: impl FnMut(&Key) -> Result<Option<(P, T)>, E>,
) -> Result<Page<T>, E>
where
    P: Ord + Serialize + DeserializeOwned,
    T: Serialize,
    E: From<StoreError> + From<InvalidCursor>,
{
    let now = service.clock.now();
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = service.store.keys_of(scope, after, None, now).await?;
        ids.extend(page.rows.iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let entries = service.store.view_all(scope, &ids, now, view).await?;
    Ok(Page::of(request, entries)?)
}

/// The bytes of an entry and its comma in an answer.
fn bytes_of(entry: &impl Serialize) -> usize {
    serde_json::to_string(entry).map_or(0, |json| bytes_in_answer(&json) + 1)
}

fn address(request: &Request, last: &impl Serialize) -> String {
    let cursor = URL_SAFE_NO_PAD.encode(serde_json::to_vec(last).unwrap_or_default());
    format!("{}?cursor={cursor}", request.address())
}

fn read<P: DeserializeOwned>(cursor: &str) -> Result<P, InvalidCursor> {
    let place = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| InvalidCursor)?;
    serde_json::from_slice(&place).map_err(|_| InvalidCursor)
}

#[cfg(test)]
mod tests {
    use http::Method;
    use latchkey_shared::runtime::request::Query;

    use super::*;

    fn request(next: Option<&str>) -> Request {
        let mut request = Request::new(Method::GET, "/list".into(), Ok(Vec::new().into()), String::new());
        request.base = "/base".into();
        request.query = Query::parse(next.and_then(|next| next.split_once('?')).map_or("", |(_, query)| query));
        request
    }

    #[test]
    fn pages_are_bounded_by_the_bytes_of_the_answer_and_lose_and_repeat_nothing() {
        let list: Vec<(usize, String)> = (0..20_000).map(|at| (at, "\"".repeat(255))).collect();
        let (mut next, mut seen, mut pages) = (None, 0, 0);
        loop {
            let page =
                Page::of(&request(next.as_deref()), list.iter().rev().map(|(at, name)| (*at, (at, name))).collect())
                    .unwrap();
            let body = serde_json::to_string(&page.entries).unwrap();
            assert!(bytes_in_answer(&body) <= MAX_LISTED_BYTES + 2, "{}", bytes_in_answer(&body));
            assert!(page.entries.iter().map(|(at, _)| **at).eq(seen..seen + page.entries.len()));
            seen += page.entries.len();
            pages += 1;
            next = page.next;
            match &next {
                Some(next) => assert!(next.starts_with("/base/list?cursor="), "{next}"),
                None => break,
            }
        }
        assert_eq!((seen, pages > 1), (list.len(), true));
    }

    #[test]
    fn a_cursor_that_no_list_returned_is_refused() {
        for cursor in ["x", "eyJ9", "%22"] {
            let mut request = request(None);
            request.query = [("cursor", cursor)].into_iter().collect();
            assert_eq!(Page::of(&request, vec![(1, 1)]).unwrap_err(), InvalidCursor, "{cursor}");
        }
    }
}
