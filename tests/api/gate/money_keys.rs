//! Keys with a limit on money, as a dialect that has such limits makes them.

use latchkey_harness::{ADMIN, TestServer, test_secret};
use latchkey_shared::access::OrgScope;
use latchkey_shared::auth::Admin;
use latchkey_shared::keys::{Dialect, KeyConfig, KeyId, Token};
use latchkey_shared::limits::{BIG, Limits, Money, Spend};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::rights::Access;
use latchkey_shared::runtime::request::Request;
use latchkey_shared::secrets::{Secret, Secrets};
use latchkey_shared::settings::{ADMIN_SECRET, ID_SECRET, Settings};
use latchkey_shared::store::{Change, Counters, Created, NewKey, Store, StoreError, Terms};

/// Makes and changes keys in a server's tables.
pub(super) struct MoneyKeys {
    pub(super) store: Store,
    scope: OrgScope,
    secrets: Secrets,
}

/// One of them.
pub(super) struct MoneyKey {
    pub(super) id: KeyId,
    pub(super) token: String,
}

impl MoneyKeys {
    pub(super) fn of(server: &TestServer) -> Self {
        let get = |name: &str| match name {
            name if name == ADMIN_SECRET.name => Some(ADMIN.to_owned()),
            name if name == ID_SECRET.name => Some(test_secret('I')),
            _ => None,
        };
        let secrets = Secrets::read(&[Secret::Admin, Secret::Id], get).unwrap();
        let mut request = Request::new(http::Method::GET, "/".into(), Ok(bytes::Bytes::new()), "test".into());
        request.headers.insert("authorization", format!("Bearer {ADMIN}").parse().unwrap());
        let admin = Admin::from_bearer(&secrets, &request).ok().unwrap();
        let settings = Settings::read(|_| None).unwrap();
        assert_eq!(settings.table_prefix, server.prefix);
        let store = Store::new(server.client.clone(), &settings);
        Self { store, scope: admin.of_org(Dialect::Requesty, &OrgId::parse("default").unwrap(), &request), secrets }
    }

    /// Makes a key of `default` that may call the API `test` and spend `max` a month.
    pub(super) async fn make(&self, max: Option<&str>, now: i64) -> MoneyKey {
        let (id, token) = Token::requesty(self.secrets.ids().unwrap(), *uuid::Uuid::new_v4().as_bytes());
        let made = self.store.create(&self.scope, id, &new_key(&self.scope, max), Terms::default(), now).await.unwrap();
        assert!(matches!(made, Created::Made), "{made:?}");
        MoneyKey { id, token: token.reveal().to_owned() }
    }

    /// Sets what a key may spend a month; one that was deleted is made again.
    pub(super) async fn put(&self, key: &MoneyKey, max: Option<&str>, now: i64) {
        let put =
            |_: Option<&_>| Ok::<_, StoreError>(Change::Put(Box::new(new_key(&self.scope, max)), Counters::RunOn));
        let _put = self.store.change(&self.scope, &[key.id.into()], now, put).await.unwrap();
    }

    pub(super) async fn delete(&self, key: &MoneyKey, now: i64) {
        let delete = |_: Option<&_>| Ok::<_, StoreError>(Change::Delete);
        let _deleted = self.store.change(&self.scope, &[key.id.into()], now, delete).await.unwrap();
    }
}

fn new_key(scope: &OrgScope, max: Option<&str>) -> NewKey {
    let spend = max.map(|max| Spend::limited(Money::parse(max).unwrap().nanos()));
    let config = KeyConfig {
        inactive: false,
        policies: Vec::new(),
        usable_until: BIG,
        kept_until: None,
        any_api: false,
        access: Access::to_api("test", &[]),
        limits: Limits { spend, ..Limits::default() },
        document: serde_json::Map::new(),
        secrets: None,
    };
    NewKey::of(scope, config, None)
}
