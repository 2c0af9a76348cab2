//! The console's doors: who gets in, how, and what keeps everybody else out.

use stringee_router::config::Role;

use crate::cli_program::Program;
use crate::console_visitor::{PASSWORD, Visitor, invitation};
use crate::database::Database;
use crate::harness::Running;

/// A server with a console, and where its state is.
struct Doors {
    server: Running,
    state: std::path::PathBuf,
    _database: Database,
}

impl Doors {
    async fn with(config: &str) -> Self {
        let database = Database::ringing(&["hoa"]).await;
        let state = database.directory().join("state");
        Self {
            server: Running::with_state(&database.path(), &state, config),
            state,
            _database: database,
        }
    }

    fn stranger(&self) -> Visitor {
        Visitor::new(&self.server)
    }

    fn user(&self, name: &str, role: Role) -> Visitor {
        Visitor::signed_in(&self.server, &self.state, name, role)
    }
}

#[tokio::test]
async fn a_console_without_users_says_the_command_that_invites_the_first() {
    let doors = Doors::with("").await;
    let mut stranger = doors.stranger();
    let home = stranger.get("/settings?x=1");
    assert_eq!(
        (home.status, home.header("location")),
        (303, "/sign-in?next=%2Fsettings%3Fx%3D1")
    );
    let page = stranger.get("/sign-in");
    assert!(
        page.body.contains("stringee-router console invite"),
        "{}",
        page.body
    );

    let program = Program::new();
    let state = format!("database.state={}", doors.state.display());
    let admin = doors.server.admin_setting();
    let settings = ["--set", &state, "--set", &admin];
    let ran = program.run(
        &[
            &["console", "invite", "hoa", "--role", "admin"],
            &settings[..],
        ]
        .concat(),
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    let link = ran.output.lines().next().unwrap_or_default();
    let base = format!("http://{}", doors.server.admin_address());
    let path = link
        .strip_prefix(&base)
        .expect("the link leads to the listener");

    let page = stranger.get(path);
    assert!(
        page.status == 200 && page.body.contains("hoa"),
        "{}",
        page.body
    );
    let short = stranger.post(path, &[("password", "short")]);
    assert_eq!(short.status, 422);
    let joined = stranger.post(
        path,
        &[("full_name", "Nguyễn Thị Hoa"), ("password", PASSWORD)],
    );
    assert_eq!((joined.status, joined.header("location")), (303, "/"));
    assert!(stranger.get("/settings").body.contains("Nguyễn Thị Hoa"));
    assert_eq!(doors.stranger().get(path).status, 404, "a link works once");
    assert!(
        doors
            .stranger()
            .get("/sign-in")
            .body
            .contains("name=\"password\"")
    );

    let ran = program.run(
        &[
            &["console", "invite", "hoa nguyen", "--role", "admin"],
            &settings[..],
        ]
        .concat(),
    );
    assert_eq!(ran.code, Some(2), "{ran}");
}

#[tokio::test]
async fn one_signs_in_and_out() {
    let doors = Doors::with("").await;
    drop(doors.user("hoa", Role::Admin));
    let mut visitor = doors.stranger();
    assert_eq!(visitor.signs_in("hoa", "wrong password").status, 401);
    let signed_in = visitor.signs_in("Hoa", PASSWORD);
    assert_eq!(
        (signed_in.status, signed_in.header("location")),
        (303, "/roster")
    );
    let cookie = signed_in.header("set-cookie");
    assert!(
        cookie.starts_with("sr=") && cookie.ends_with("; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(visitor.get("/settings").status, 200);
    let kept = visitor.cookie("sr").map(str::to_owned);
    assert_eq!(
        visitor.post("/sign-out", &[]).header("location"),
        "/sign-in"
    );
    visitor.keep("sr", &kept.unwrap_or_default());
    assert_eq!(
        visitor.get("/settings").status,
        303,
        "the session has ended on the server"
    );
    assert!(doors.server.log().contains("\"signed in\""));
    assert!(doors.server.log().contains("sign-in refused"));
}

#[tokio::test]
async fn whoever_guesses_has_to_wait() {
    let doors = Doors::with("").await;
    drop(doors.user("hoa", Role::Admin));
    drop(doors.user("minh", Role::Viewer));
    let mut guesser = doors.stranger();
    for _ in 0..5 {
        assert_eq!(guesser.signs_in("hoa", "guess").status, 401);
    }
    assert_eq!(
        guesser.signs_in("hoa", PASSWORD).status,
        429,
        "even with the right one"
    );
    assert_eq!(
        guesser.signs_in("minh", PASSWORD).status,
        303,
        "others are free"
    );
    for name in [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o",
    ] {
        assert_eq!(guesser.signs_in(name, "guess").status, 401);
    }
    assert_eq!(
        guesser.signs_in("minh", PASSWORD).status,
        429,
        "the address has to wait as well"
    );
}

#[tokio::test]
async fn a_changed_password_ends_every_other_session() {
    let doors = Doors::with("").await;
    let mut here = doors.user("hoa", Role::Viewer);
    let mut there = doors.stranger();
    assert_eq!(there.signs_in("hoa", PASSWORD).status, 303);
    let change = |visitor: &mut Visitor, old: &str, new: &str| {
        visitor
            .post("/settings", &[("old", old), ("new", new)])
            .status
    };
    assert_eq!(change(&mut here, "wrong password", "another sentence"), 422);
    assert_eq!(change(&mut here, PASSWORD, "short"), 422);
    assert_eq!(change(&mut here, PASSWORD, "another sentence"), 303);
    assert_eq!(here.get("/settings").status, 200);
    assert_eq!(there.get("/settings").status, 303);
    assert_eq!(
        doors.stranger().signs_in("hoa", "another sentence").status,
        303
    );
}

#[tokio::test]
async fn pages_for_admins_are_for_admins() {
    let doors = Doors::with("").await;
    let mut admin = doors.user("hoa", Role::Admin);
    let mut supervisor = doors.user("minh", Role::Supervisor);
    assert_eq!(admin.get("/users").status, 200);
    assert_eq!(supervisor.get("/users").status, 403);
    let invite = [("name", "lan"), ("role", "admin")];
    assert_eq!(supervisor.post("/users", &invite).status, 403);
    assert_eq!(
        supervisor.post("/users/minh", &[("role", "admin")]).status,
        403
    );
    let page = admin.post("/users", &invite).body;
    let (_, rest) = page.split_once("/invite/").expect("the link is shown");
    let link: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    let joined = doors
        .stranger()
        .post(&format!("/invite/{link}"), &[("password", PASSWORD)]);
    assert_eq!(joined.status, 303);
    assert!(admin.get("/users").body.contains("lan"));
    assert_eq!(admin.post("/users/minh", &[("act", "off")]).status, 200);
    assert_eq!(
        supervisor.get("/settings").status,
        303,
        "their session has ended"
    );
    assert_eq!(doors.stranger().signs_in("minh", PASSWORD).status, 401);
}

#[tokio::test]
async fn a_token_opens_for_programs_and_does_no_more_than_it_may() {
    let doors = Doors::with("").await;
    let mut hoa = doors.user("hoa", Role::Admin);
    let made = hoa.post(
        "/tokens",
        &[("name", "ci"), ("role", "viewer"), ("days", "30")],
    );
    let (_, rest) = made.body.split_once("srt_").expect("the token is shown");
    let digits: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    assert!(
        !hoa.get("/tokens").body.contains("srt_"),
        "it is shown once"
    );
    let mut program = doors.stranger();
    program.headers = [("authorization", format!("Bearer srt_{digits}"))].into();
    assert_eq!(program.get("/settings").status, 200);
    assert_eq!(program.get("/users").status, 403);
    assert_eq!(
        program.post("/tokens", &[("name", "x")]).status,
        403,
        "no token makes tokens"
    );
    assert_eq!(hoa.post("/tokens/1", &[]).status, 303);
    assert_eq!(program.get("/settings").status, 303);
    program.headers = [("authorization", "Bearer srt_0".to_owned())].into();
    assert_eq!(program.get("/settings?part=1").status, 401);
}

#[tokio::test]
async fn forms_of_other_pages_are_refused() {
    let doors = Doors::with("").await;
    let mut hoa = doors.user("hoa", Role::Admin);
    let mut posts = |name: &'static str, value: &str| {
        hoa.headers = [(name, value.to_owned())].into();
        hoa.post("/language", &[("language", "en"), ("next", "/settings")])
            .status
    };
    assert_eq!(posts("sec-fetch-site", "same-origin"), 303);
    assert_eq!(posts("sec-fetch-site", "cross-site"), 403);
    assert_eq!(posts("sec-fetch-site", "same-site"), 403);
    assert_eq!(posts("origin", "https://evil.example"), 403);
    assert_eq!(posts("origin", "null"), 403);
    let own = format!("http://{}", doors.server.admin_address());
    assert_eq!(
        posts("origin", &own),
        303,
        "a browser without Sec-Fetch-Site"
    );
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let doors = Doors::with("").await;
    let mut hoa = doors.user("hoa", Role::Viewer);
    let style = hoa.get("/settings").body;
    let (_, style) = style.split_once("href=\"/assets/").expect("a style sheet");
    let (style, _) = style.split_once('"').expect("its address");
    let style = format!("/assets/{style}");
    for path in ["/settings", "/users", "/nowhere", "/sign-in", &style] {
        let seen = hoa.get(path);
        let policy = seen.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'; script-src 'self'"),
            "{path}: {policy}"
        );
        assert!(
            policy.contains("require-trusted-types-for 'script'"),
            "{path}"
        );
        assert_eq!(seen.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(seen.header("referrer-policy"), "same-origin", "{path}");
        let cache = seen.header("cache-control");
        let is_asset = path.starts_with("/assets/");
        assert_eq!(cache == "no-store", !is_asset, "{path}: {cache}");
    }
    assert_eq!(hoa.get("/nowhere").status, 404);
}

#[tokio::test]
async fn by_its_public_name_there_is_the_console_and_nothing_else() {
    let config = "[console]\npublic_url = 'https://tongdai.example.vn'";
    let doors = Doors::with(config).await;
    let mut visitor = doors.stranger();
    visitor
        .headers
        .insert("host", "tongdai.example.vn".to_owned());
    assert_eq!(visitor.get("/sign-in").status, 200);
    for path in ["/status", "/metrics", "/readyz", "/healthz"] {
        assert_eq!(visitor.get(path).status, 421, "{path}");
    }
    assert_eq!(visitor.post("/accept", &[]).status, 421);
    let link = invitation(&doors.state, "hoa", Role::Admin);
    let joined = visitor.post(&link, &[("password", PASSWORD)]);
    let cookie = joined.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-sr=") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
    assert_eq!(visitor.get("/settings").status, 200);
    for other in [
        "tongdai.example.vn.evil.example",
        "example.vn",
        "evil.tongdai.example.vn",
    ] {
        visitor.headers.insert("host", other.to_owned());
        assert_eq!(visitor.get("/sign-in").status, 421, "{other}");
    }
    visitor.headers.insert("host", "localhost".to_owned());
    assert_eq!(
        visitor.get("/settings").status,
        303,
        "another name, another cookie"
    );
    assert_eq!(visitor.get("/status").status, 200);
}

#[tokio::test]
async fn a_proxy_says_who_it_is() {
    let config = "[admin]\ntrusted_proxies = ['127.0.0.1']\n[console]\nsign_in = 'proxy'\n\
                  proxy_roles = { hoa = 'admin', leads = 'supervisor' }";
    let doors = Doors::with(config).await;
    let mut visitor = doors.stranger();
    assert_eq!(visitor.get("/settings").status, 303);
    assert_eq!(visitor.signs_in("hoa", PASSWORD).status, 403);
    visitor.headers.insert("x-forwarded-user", "hoa".to_owned());
    assert_eq!(visitor.get("/users").status, 200);
    visitor
        .headers
        .insert("x-forwarded-user", "minh".to_owned());
    assert_eq!(
        visitor.get("/settings").status,
        403,
        "nobody gave minh a role"
    );
    visitor
        .headers
        .insert("x-forwarded-groups", "staff, leads".to_owned());
    assert_eq!(visitor.get("/settings").status, 200);
    assert_eq!(visitor.get("/users").status, 403);

    let config = config.replace("127.0.0.1", "192.0.2.1");
    let doors = Doors::with(&config).await;
    let mut visitor = doors.stranger();
    visitor.headers.insert("x-forwarded-user", "hoa".to_owned());
    assert_eq!(
        visitor.get("/settings").status,
        403,
        "anybody can write that header"
    );
}

#[tokio::test]
async fn the_language_is_chosen_or_asked_for() {
    let doors = Doors::with("").await;
    let mut visitor = doors.stranger();
    assert!(visitor.get("/sign-in").body.contains("<html lang=\"vi\""));
    visitor
        .headers
        .insert("accept-language", "en-GB,en;q=0.9".to_owned());
    assert!(visitor.get("/sign-in").body.contains("<html lang=\"en\""));
    visitor.post("/language", &[("language", "vi"), ("next", "/sign-in")]);
    assert!(visitor.get("/sign-in").body.contains("<html lang=\"vi\""));
    let mut hoa = doors.user("hoa", Role::Viewer);
    hoa.post("/language", &[("language", "en"), ("next", "/settings")]);
    drop(hoa);
    let mut elsewhere = doors.stranger();
    elsewhere.signs_in("hoa", PASSWORD);
    assert!(
        elsewhere
            .get("/settings")
            .body
            .contains("<html lang=\"en\"")
    );
}

#[tokio::test]
async fn a_console_that_is_off_is_not_there() {
    let doors = Doors::with("[console]\nenabled = false").await;
    let mut visitor = doors.stranger();
    assert_eq!(visitor.get("/sign-in").status, 404);
    assert_eq!(visitor.get("/status").status, 200);
}
