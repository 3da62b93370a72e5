//! Mail: who it is sent from.

use serde::Deserialize;

use super::super::{Connection, Error, Permission};

const READ_SCOPE: &str = "https://www.googleapis.com/auth/gmail.readonly";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    #[expect(dead_code, reason = "read to know that the answer is a profile")]
    email_address: String,
}

/// Tries what can be tried without sending or changing anything.
pub(super) async fn probe(cx: &Connection) -> Result<Vec<Permission>, Error> {
    let tried = cx.get("api", "users/me/profile").scope(READ_SCOPE).send().await;
    let ok = match tried {
        Ok(answer) => {
            answer.json::<Profile>()?;
            true
        }
        Err(Error::Forbidden { .. }) => false,
        Err(error) => return Err(error),
    };
    Ok(vec![Permission {
        key: READ_SCOPE.to_owned(),
        label: "Read mail with candidates".to_owned(),
        ok,
        required: false,
        message: (!ok).then(|| "Connect again and leave the box for reading mail ticked, if answers are to be read.".to_owned()),
    }])
}
