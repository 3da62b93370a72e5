//! The services together, on every database at hand.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tower_sessions::Session;

use super::api_keys::NewKey;
use super::sessions::SignedIn;
use super::sign_in::SignIn;
use super::sign_up::SignUp;
use super::*;
use crate::caller::Caller;
use crate::clock::Clock;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::role::{Role, Scope};
use crate::fault::Fault;
use crate::identity::Identity;
use crate::operations::activity;
use crate::store::Db;
use crate::store::page::PageQuery;
use crate::store::session::{Sessions, key};
use crate::store::testing::{clock, on_databases};

const PASSWORD: &str = "correct horse battery";

struct Setting {
    ctx: Context,
    clock: Clock,
    visitor: Visitor,
}

impl Setting {
    fn new(db: &Db) -> Self {
        let clock = clock();
        let visitor = Visitor { address: "192.0.2.1".parse().ok(), user_agent: Some("Firefox".to_owned()), trace: clock.new_id() };
        Self { ctx: Context::for_tests(db.clone(), clock.clone()), clock, visitor }
    }

    async fn sign_up(&self, organization: &str, email: &str) -> SignedIn {
        let input = SignUp {
            organization: organization.to_owned(),
            name: "Robin Itani".to_owned(),
            email: email.to_owned(),
            password: SecretString::from(PASSWORD),
        };
        sign_up::sign_up(&self.ctx, &input, &self.visitor).await.expect("signs up")
    }

    async fn sign_in(&self, email: &str, password: &str) -> Result<SignedIn, Fault> {
        sign_in::sign_in(&self.ctx, &SignIn { email: email.to_owned(), password: SecretString::from(password) }, &self.visitor).await
    }

    fn session(&self) -> Session {
        let store = Sessions::new(self.ctx.store.clone(), self.clock.clone(), self.ctx.site.session_idle);
        Session::new(None, Arc::new(store), None)
    }

    async fn begin(&self, who: SignedIn) -> (Session, Arc<Identity>) {
        let session = self.session();
        sessions::begin(&self.ctx, &session, who, &self.visitor).await.expect("begins");
        let me = self.identity(&session).await.expect("is signed in");
        (session, me)
    }

    async fn identity(&self, session: &Session) -> Option<Arc<Identity>> {
        sessions::look_up(&self.ctx, &key(&session.id()?)).await.expect("reads")
    }

    async fn caller(&self, who: SignedIn) -> Caller {
        self.begin(who).await.1.caller(self.visitor.trace, self.visitor.address).expect("is a member")
    }

    async fn join(&self, owner: &Caller, email: &str, role: Role) -> SignedIn {
        let invited = invitations::create(&self.ctx, owner, email, role).await.expect("invites");
        let token = invited.link.rsplit('/').next().expect("a token").to_owned();
        let chosen = SecretString::from(PASSWORD);
        invitations::accept_as_new(&self.ctx, &token, "Sam Ortega", &chosen, &self.visitor).await.expect("joins")
    }
}

fn code<T>(result: Result<T, Fault>) -> ErrorCode {
    result.map(drop).expect_err("is refused").code
}

#[tokio::test]
async fn signing_in_gives_a_new_session_and_signing_out_ends_it() {
    on_databases!(|db| {
        let set = Setting::new(db);
        let who = set.sign_up("Acme", " Robin@Example.com ").await;
        let (session, me) = set.begin(who).await;
        assert_eq!((me.email.as_str(), me.place.as_ref().map(|place| place.role)), ("robin@example.com", Some(Role::Owner)));
        let before = session.id();
        let again = set.sign_in("ROBIN@example.com", PASSWORD).await.expect("signs in");
        assert_eq!(again, who);
        sessions::begin(&set.ctx, &session, again, &set.visitor).await.expect("begins");
        assert!(session.id().is_some() && session.id() != before, "a planted id is worth nothing");
        assert!(sessions::look_up(&set.ctx, &me.session).await.expect("reads").is_none(), "the old id is gone");

        let me = set.identity(&session).await.expect("is signed in");
        sessions::end(&set.ctx, &session, &me, &set.visitor).await.expect("ends");
        assert!(sessions::look_up(&set.ctx, &me.session).await.expect("reads").is_none());
        let caller = me.caller(set.visitor.trace, None).expect("a member");
        let log = activity::list(&set.ctx, &caller, &activity::Filter::default(), PageQuery::default()).await.expect("reads");
        let actions: Vec<String> = log.rows.into_iter().map(|row| row.action).collect();
        assert_eq!(actions.len(), 3, "{actions:?}");
    });
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    on_databases!(|db| {
        let set = Setting::new(db);
        set.sign_up("Acme", "robin@example.com").await;
        let wrong = set.sign_in("robin@example.com", "wrong").await.expect_err("is refused");
        let unknown = set.sign_in("nobody@example.com", "wrong").await.expect_err("is refused");
        assert_eq!((wrong.code, &wrong.detail), (unknown.code, &unknown.detail));
        assert_eq!(wrong.code, ErrorCode::Unauthenticated);
        for email in ["robin@example.com", "nobody@example.com"] {
            let mut refusals = Vec::new();
            for _ in 0..set.ctx.site.sign_in_attempts + 2 {
                let code = set.sign_in(email, "wrong").await.expect_err("is refused").code;
                refusals.push(code == ErrorCode::RateLimited);
            }
            assert_eq!(refusals.iter().filter(|limited| **limited).count(), 3, "{email}");
        }
        let right = set.sign_in("robin@example.com", PASSWORD).await.expect_err("waits");
        assert_eq!(right.code, ErrorCode::RateLimited);
        set.clock.advance(Duration::from_secs(3600));
        set.sign_in("robin@example.com", PASSWORD).await.expect("signs in again later");
    });
}

#[tokio::test]
async fn sign_up_names_every_wrong_field() {
    on_databases!(|db| {
        let set = Setting::new(db);
        set.sign_up("Acme", "robin@example.com").await;
        let input = SignUp { organization: " ".into(), name: String::new(), email: "robin".into(), password: SecretString::from("short") };
        let fault = sign_up::sign_up(&set.ctx, &input, &set.visitor).await.expect_err("is refused");
        let pointers: Vec<&str> = fault.fields.iter().map(|field| field.pointer.as_str()).collect();
        assert_eq!(pointers, ["/organization", "/name", "/email", "/password"]);
        let taken = SignUp {
            organization: "B".into(),
            name: "B".into(),
            email: "robin@example.com".into(),
            password: SecretString::from(PASSWORD),
        };
        let fault = sign_up::sign_up(&set.ctx, &taken, &set.visitor).await.expect_err("is refused");
        assert_eq!(fault.fields[0].pointer, "/email");
    });
}

#[tokio::test]
async fn an_invitation_is_for_one_address_and_one_use() {
    on_databases!(|db| {
        let set = Setting::new(db);
        let owner = set.caller(set.sign_up("Acme", "robin@example.com").await).await;
        let invited = invitations::create(&set.ctx, &owner, "Sam@example.com", Role::Recruiter).await.expect("invites");
        assert!(!invited.is_mailed);
        let token = invited.link.rsplit('/').next().expect("a token").to_owned();
        let offer = invitations::find(&set.ctx, &token).await.expect("is there");
        assert_eq!((offer.organization.as_str(), offer.email.as_str(), offer.has_account), ("Acme", "sam@example.com", false));

        let stranger = set.begin(set.sign_up("Other", "eve@example.com").await).await.1;
        let refused = invitations::accept_as(&set.ctx, &token, &stranger, &set.visitor).await.expect_err("is for Sam");
        assert_eq!(refused.code, ErrorCode::Forbidden);
        let sam = set.begin(set.sign_up("Sam's", "sam@example.com").await).await.1;
        let chosen = SecretString::from(PASSWORD);
        let twice = invitations::accept_as_new(&set.ctx, &token, "Sam", &chosen, &set.visitor).await.expect_err("has an account");
        assert_eq!(twice.code, ErrorCode::Conflict);
        invitations::accept_as(&set.ctx, &token, &sam, &set.visitor).await.expect("joins");
        let again = invitations::accept_as(&set.ctx, &token, &sam, &set.visitor).await.expect_err("is used");
        assert_eq!(again.code, ErrorCode::NotFound);
        assert_eq!(members::organizations_of(&set.ctx, &sam).await.expect("reads").len(), 2);
        let member = invitations::create(&set.ctx, &owner, "sam@example.com", Role::Admin).await.expect_err("is a member");
        assert_eq!((member.code, member.fields[0].pointer.as_str()), (ErrorCode::Conflict, "/email"));

        let late = invitations::create(&set.ctx, &owner, "late@example.com", Role::Recruiter).await.expect("invites");
        set.clock.advance(Duration::from_secs(7 * 24 * 3600));
        let token = late.link.rsplit('/').next().expect("a token");
        assert_eq!(invitations::find(&set.ctx, token).await.expect_err("is too old").code, ErrorCode::NotFound);
    });
}

#[tokio::test]
async fn a_session_follows_its_person_through_organizations() {
    on_databases!(|db| {
        let set = Setting::new(db);
        let owner = set.caller(set.sign_up("Acme", "robin@example.com").await).await;
        let sam = set.sign_up("Sam's", "sam@example.com").await;
        let (session, me) = set.begin(sam).await;
        let stay = sessions::switch(&set.ctx, &session, &me, owner.organization).await.expect_err("is no member");
        assert_eq!(stay.code, ErrorCode::NotFound);
        let invited = invitations::create(&set.ctx, &owner, "sam@example.com", Role::Interviewer).await.expect("invites");
        let token = invited.link.rsplit('/').next().expect("a token");
        invitations::accept_as(&set.ctx, token, &me, &set.visitor).await.expect("joins");
        sessions::switch(&set.ctx, &session, &me, owner.organization).await.expect("switches");
        let me = set.identity(&session).await.expect("is signed in");
        assert_eq!(me.place.as_ref().map(|place| (place.organization, place.role)), Some((owner.organization, Role::Interviewer)));
        members::remove(&set.ctx, &owner, me.user).await.expect("removes");
        let me = set.identity(&session).await.expect("is still signed in");
        assert_eq!(me.place.as_ref().map(|place| place.organization), sam.organization, "shown the one that is left");
    });
}

#[tokio::test]
async fn roles_are_managed_from_above_and_the_last_owner_stays() {
    on_databases!(|db| {
        let set = Setting::new(db);
        let who = set.sign_up("Acme", "robin@example.com").await;
        let owner = set.caller(who).await;
        let admin = set.join(&owner, "admin@example.com", Role::Admin).await;
        let recruiter = set.join(&owner, "recruiter@example.com", Role::Recruiter).await;
        let (as_admin, as_recruiter) = (set.caller(admin).await, set.caller(recruiter).await);
        assert_eq!(code(members::change_role(&set.ctx, &owner, who.user, Role::Admin).await), ErrorCode::Conflict);
        assert_eq!(code(members::remove(&set.ctx, &owner, who.user).await), ErrorCode::Conflict);
        assert_eq!(code(members::change_role(&set.ctx, &as_admin, who.user, Role::Admin).await), ErrorCode::Forbidden);
        assert_eq!(code(members::change_role(&set.ctx, &as_admin, recruiter.user, Role::Owner).await), ErrorCode::Forbidden);
        assert_eq!(code(invitations::create(&set.ctx, &as_admin, "x@example.com", Role::Owner).await), ErrorCode::Forbidden);
        assert_eq!(code(members::change_role(&set.ctx, &as_recruiter, admin.user, Role::Recruiter).await), ErrorCode::Forbidden);
        assert_eq!(code(reset::create_link(&set.ctx, &as_admin, who.user).await), ErrorCode::Forbidden);

        members::change_role(&set.ctx, &owner, admin.user, Role::Owner).await.expect("makes a second owner");
        members::change_role(&set.ctx, &owner, who.user, Role::Recruiter).await.expect("may step down now");
        members::remove(&set.ctx, &as_recruiter, recruiter.user).await.expect("may leave");
        let other = set.caller(set.sign_up("Other", "eve@example.com").await).await;
        assert_eq!(code(members::remove(&set.ctx, &other, admin.user).await), ErrorCode::NotFound);
        assert_eq!(activity::verify_chain(&set.ctx, &set.caller(admin).await).await.expect("reads").broken_at, None);
    });
}

#[tokio::test]
async fn two_owners_cannot_both_step_down_at_once() {
    on_databases!(|db| {
        let set = Setting::new(db);
        let one = set.sign_up("Acme", "robin@example.com").await;
        let owner = set.caller(one).await;
        let two = set.join(&owner, "sam@example.com", Role::Owner).await;
        let second = set.caller(two).await;
        let (a, b) = tokio::join!(members::remove(&set.ctx, &owner, one.user), members::remove(&set.ctx, &second, two.user));
        assert!(a.is_ok() != b.is_ok(), "one of them stays");
    });
}

#[tokio::test]
async fn a_reset_link_works_once_and_ends_every_session() {
    on_databases!(|db| {
        let set = Setting::new(db);
        let owner = set.caller(set.sign_up("Acme", "robin@example.com").await).await;
        let sam = set.join(&owner, "sam@example.com", Role::Recruiter).await;
        let (session, _) = set.begin(sam).await;
        reset::request(&set.ctx, "sam@example.com", &set.visitor).await.expect("answers");
        reset::request(&set.ctx, "nobody@example.com", &set.visitor).await.expect("answers the same");
        let link = reset::create_link(&set.ctx, &owner, sam.user).await.expect("makes a link");
        let token = link.rsplit('/').next().expect("a token").to_owned();
        reset::check(&set.ctx, &token).await.expect("is good");
        let weak = reset::complete(&set.ctx, &token, &SecretString::from("sam@example.com"), &set.visitor).await.expect_err("is weak");
        assert_eq!(weak.fields[0].pointer, "/password");
        let chosen = SecretString::from("another long password");
        reset::complete(&set.ctx, &token, &chosen, &set.visitor).await.expect("sets it");
        assert!(set.identity(&session).await.is_none(), "their sessions ended");
        set.sign_in("sam@example.com", PASSWORD).await.expect_err("the old password is gone");
        set.sign_in("sam@example.com", chosen.expose_secret()).await.expect("the new one works");
        let again = reset::complete(&set.ctx, &token, &chosen, &set.visitor).await.expect_err("is used");
        assert_eq!(again.code, ErrorCode::NotFound);

        let link = reset::create_link(&set.ctx, &owner, sam.user).await.expect("makes a link");
        set.clock.advance(Duration::from_secs(3600));
        let late = reset::check(&set.ctx, link.rsplit('/').next().expect("a token")).await.expect_err("is too old");
        assert_eq!(late.code, ErrorCode::NotFound);
    });
}

#[tokio::test]
async fn a_password_changes_with_the_present_one_and_other_sessions_end() {
    on_databases!(|db| {
        let set = Setting::new(db);
        let who = set.sign_up("Acme", "robin@example.com").await;
        let ((here, me), (there, _)) = (set.begin(who).await, set.begin(who).await);
        assert_eq!(sessions::list(&set.ctx, &me).await.expect("reads").iter().filter(|session| session.is_current).count(), 1);
        let change = async |present: &str, chosen: &str| {
            profile::change_password(&set.ctx, &me, &set.visitor, &SecretString::from(present), &SecretString::from(chosen)).await
        };
        assert_eq!(change("wrong", "another long password").await.expect_err("is wrong").fields[0].pointer, "/currentPassword");
        assert_eq!(change(PASSWORD, "short").await.expect_err("is weak").fields[0].pointer, "/newPassword");
        change(PASSWORD, "another long password").await.expect("changes");
        assert!(set.identity(&here).await.is_some() && set.identity(&there).await.is_none());
        profile::update(&set.ctx, &me, &set.visitor, "Robin", "Europe/Paris").await.expect("changes");
        assert_eq!(
            profile::update(&set.ctx, &me, &set.visitor, "Robin", "Mars/Base").await.expect_err("no zone").fields[0].pointer,
            "/timeZone"
        );
        profile::set_theme(&set.ctx, me.user, "dark").await.expect("changes");
        let now = set.identity(&here).await.expect("is signed in");
        assert_eq!((now.name.as_str(), now.theme.as_deref(), now.time_zone.as_deref()), ("Robin", Some("dark"), Some("Europe/Paris")));
    });
}

#[tokio::test]
async fn a_key_works_within_its_rights_until_it_is_revoked() {
    on_databases!(|db| {
        let set = Setting::new(db);
        let owner = set.caller(set.sign_up("Acme", "robin@example.com").await).await;
        let new = |name: &str, scopes: &[&str]| NewKey {
            name: name.to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            ..NewKey::default()
        };
        let created = api_keys::create(&set.ctx, &owner, &new("Payroll", &["keys:write", "records:read"])).await.expect("creates");
        let key = created.key.expose_secret().to_owned();
        assert!(key.starts_with("hw_") && key.len() == 46 && key.starts_with(&created.row.prefix));
        let known = api_keys::look_up(&set.ctx, &key).await.expect("reads").expect("works");
        let as_key = known.caller(set.visitor.trace, None);
        assert!(as_key.may(Scope::RecordsRead) && !as_key.may(Scope::RecordsWrite));
        for scopes in [&["records:write"][..], &["*"]] {
            let more = api_keys::create(&set.ctx, &as_key, &new("More", scopes)).await.expect_err("has not that right");
            assert_eq!(more.code, ErrorCode::Forbidden);
        }
        let wrong = format!("{}x", &key[..45]);
        assert!(api_keys::look_up(&set.ctx, &wrong).await.expect("reads").is_none());
        assert!(api_keys::look_up(&set.ctx, "hw_short").await.expect("reads").is_none());

        let other = set.caller(set.sign_up("Other", "eve@example.com").await).await;
        assert_eq!(api_keys::revoke(&set.ctx, &other, created.row.id).await.expect_err("not theirs").code, ErrorCode::NotFound);
        api_keys::revoke(&set.ctx, &owner, created.row.id).await.expect("revokes");
        assert!(api_keys::look_up(&set.ctx, &key).await.expect("reads").is_none(), "at once");

        let until = NewKey { expires_at: Some(set.clock.now() + Duration::from_secs(60)), ..new("Brief", &["*"]) };
        let brief = api_keys::create(&set.ctx, &owner, &until).await.expect("creates");
        assert!(api_keys::look_up(&set.ctx, brief.key.expose_secret()).await.expect("reads").is_some());
        set.clock.advance(Duration::from_secs(60));
        assert!(api_keys::look_up(&set.ctx, brief.key.expose_secret()).await.expect("reads").is_none(), "ran out, memory or not");
    });
}
