//! The program starts, answers, and stops in order; what it keeps survives a restart.

use serde_json::{Value, json};

use crate::support::app::TestApp;

const WHO: &str = "{ viewer { __typename } }";

#[tokio::test]
async fn a_session_survives_a_restart() {
    let mut program = TestApp::start().await;
    program.create_user("dona@loja-exemplo.invalid").await;
    let token = program.sign_in("Dona@loja-exemplo.invalid").await;
    assert!(program.data(WHO, json!({}), Some(&token)).await["viewer"].is_object());
    assert_eq!(program.data(WHO, json!({}), None).await["viewer"], Value::Null);

    program.restart().await;
    assert!(program.data(WHO, json!({}), Some(&token)).await["viewer"].is_object());
    assert_eq!(program.get("/health/ready").await.0, 200);
    program.stop().await;
}
