//! The OpenAPI documents describe no status that nobody answers. That no other status is answered, and each body is as
//! described, every test checks with every request.

use futures_util::{StreamExt, stream};
use latchkey_harness::{Answered, Fault, TestServer, described};

use crate::cases;
use crate::matrix::{Case, World, cases};

mod further;

#[tokio::test]
async fn every_status_in_the_documents_is_answered() {
    let world = World::make().await;
    let cases: Vec<_> = cases(&world).into_iter().filter(Case::is_described).collect();
    let provoked = stream::iter(&cases).map(|case| provoke(&world, case));
    let mut answered: Answered = provoked.buffer_unordered(8).collect::<Vec<_>>().await.into_iter().flatten().collect();
    answered.extend(cases::answered().await);
    answered.extend(further::answered(&world).await);
    let described = described();
    let never: Vec<_> = described.difference(&answered).collect();
    assert!(never.is_empty(), "nobody answers {never:?}");
}

/// Sends a request as it should be, in ways that it should not be, twice, and to a store that fails.
async fn provoke(world: &World, case: &Case) -> Answered {
    let server = world.server().await;
    let _answer = case.ask(&server).await;
    let calls = server.watch.calls();
    for wrong in case.wrong() {
        let _refusal = wrong.ask(&server).await;
    }
    let mut answered = taken(&server);
    if let Some(call) = calls.first() {
        let failing = world.server().await;
        failing.watch.fail_next(&call.operation, Fault::Refuse);
        let _failure = case.ask(&failing).await;
        answered.extend(taken(&failing));
    }
    answered
}

fn taken(server: &TestServer) -> Answered {
    std::mem::take(&mut server.answered.lock().unwrap())
}
