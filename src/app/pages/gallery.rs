//! Every shared component in every state, on one page. The demo serves it at `/design`.

use chrono::{DateTime, Duration, Utc};
use leptos::prelude::*;

use super::ui::{confirm::Question, prelude::*};
use crate::{
    app::shell::{Document, Head},
    domain::{
        role::Role,
        status::{ApplicationStatus, DeliveryState, IntegrationStatus, InterviewStatus, JobStatus, OfferStatus, RunState},
    },
};

/// The whole page. `now` is the time the relative times count from.
#[component]
pub fn Gallery(
    /// When the page is rendered.
    now: DateTime<Utc>,
    /// The person's theme.
    theme: Theme,
) -> impl IntoView {
    let data = FrameData {
        organization: "Northwind Robotics".into(),
        person_name: "Ria Iyer".into(),
        person_email: "ria@northwind.example".into(),
        role: Role::Owner,
        alerts: 2,
        dead_letters: 3,
        theme,
        current: NavItem::Integrations,
        query: "".into(),
    };
    view! {
        <Document head=Head::new("Design", theme).with_islands()>
            <Frame data crumbs=vec![Crumb::here("Greenhouse")]>
                <FlashRegion>
                    <Flash text="Greenhouse is connected. The first sync has begun." link=Some(("#runs".into(), "Watch it".into()))/>
                </FlashRegion>
                <PageHead
                    title="Greenhouse"
                    mark=|| view! { <Monogram slug="greenhouse" name="Greenhouse" size=Size::Large/> }
                    badge=|| view! { <StatusBadge status=IntegrationStatus::Active/> }
                    lead=move || view! { "The last call worked "<RelativeTime at=now - Duration::minutes(2) now/>". Next sync in 13 min." }
                >
                    <Button label="Sync now" kind=Kind::Primary icon=Some(Icon::Refresh)/>
                    <LinkButton href="#settings" label="Settings" icon=Some(Icon::Settings)/>
                    <Menu label="More actions for Greenhouse">
                        <MenuLink href="#test" label="Test the connection" icon=Icon::Bolt/>
                        <MenuLink href="#disconnect" label="Disconnect" icon=Icon::Trash danger=true/>
                    </Menu>
                </PageHead>
                <Tabs
                    label="Greenhouse"
                    tabs=vec![
                        Tab::new("Overview", "#overview", true),
                        Tab::new("Runs", "#runs", false),
                        Tab::new("Mapping", "#mapping", false),
                        Tab::new("Webhooks", "#webhooks", false).with_count(4),
                        Tab::new("Activity", "#activity", false),
                    ]
                />
                <div class="gallery">
                    {overview(now).into_any()}
                    {lists(now).into_any()}
                    {plots().into_any()}
                    {messages(now).into_any()}
                    {forms().into_any()}
                    {marks().into_any()}
                </div>
            </Frame>
        </Document>
    }
}

fn overview(now: DateTime<Utc>) -> impl IntoView {
    let cells = (0..84).map(|index| match index {
        31 => Cell::Down,
        32 | 60 => Cell::Partly,
        _ => Cell::Up,
    });
    let latency = (0..48).map(|index| 140.0 + 60.0 * f64::from(index * 7 % 11) / 11.0 + if index == 30 { 220.0 } else { 0.0 });
    view! {
        <section aria-label="Overview">
            <h2>"Overview of a connection"</h2>
            <Stats>
                <Stat label="Records in today" value="1,204" hint="312 created, 77 updated"/>
                <Stat label="Records out today" value="38" hint="All delivered" tone=Tone::Good/>
                <Stat label="Latency, 95 %" value="212" unit="ms" hint="Usual for this hour"/>
                <Stat label="Quota left" value="64" unit="%" hint="Resets in 21 s"/>
                <Stat label="Waiting for a person" value="3" hint="3 dead letters" tone=Tone::Bad/>
            </Stats>
            <div class="with-panel">
                <div class="stack">
                    <Card title="Health" note="One cheap call every five minutes" actions=|| view! { <Button label="Check now" small=true/> }>
                        <UptimeStrip cells=cells.collect() summary="99.4 % of 25,920 checks worked" from="23 Aug" to="today"/>
                        <div class="row between"><span class="muted">"Latency over 24 h"</span><Sparkline values=latency.collect() summary="Latency over 24 hours, now 171 ms, highest 402 ms"/></div>
                    </Card>
                    <Card title="Runs">
                        <Progress label="Candidates" done=6_400 total=Some(10_000) detail="6,400 of 10,000 records, 310 per second"/>
                        <Progress label="Applications" done=1_204 detail="1,204 records so far, 290 per second"/>
                    </Card>
                </div>
                <Card title="Connection" actions=|| view! { <Menu label="More" small=true><MenuLink href="#x" label="Copy the address" icon=Icon::Copy/></Menu> }>
                    <Facts stacked=true>
                        <Fact name="Status"><StatusBadge status=IntegrationStatus::Active/></Fact>
                        <Fact name="Signs in with">"Client id and secret"</Fact>
                        <Fact name="Connected"><RelativeTime at=now - Duration::days(40) now/>" by Ria Iyer"</Fact>
                        <Fact name="Scopes"><span class="tags"><Tag label="jobs"/><Tag label="candidates"/><Tag label="applications"/><Tag label="offers"/></span></Fact>
                        <Fact name="Id"><Copyable text="0199b3f2-77c1-7d0a-9a4e-2f6c1b8e4d10"/></Fact>
                    </Facts>
                </Card>
            </div>
        </section>
    }
}

fn lists(now: DateTime<Utc>) -> impl IntoView {
    let rows = [
        ("Backend engineer", "Engineering", "Paris", JobStatus::Open, 42, 3),
        ("Staff mechanical engineer, actuators and drive trains", "Hardware", "Lyon or remote in Europe", JobStatus::Draft, 0, 60),
        ("Recruiter", "People", "Berlin", JobStatus::Closed, 118, 9_000),
    ];
    let columns = || {
        vec![
            Column::new("Job").sortable("?sort=title", Some(Direction::Ascending)),
            Column::new("Department").sortable("?sort=department", None),
            Column::new("Location"),
            Column::new("Status"),
            Column::number("Applications").sortable("?sort=-applications", None),
            Column::new("Updated"),
            Column::actions("Actions"),
        ]
    };
    view! {
        <section aria-label="Lists">
            <h2>"Lists"</h2>
            <Toolbar action="" label="Filter jobs">
                <SearchField label="Search jobs" value=""/>
                <Select name="status" label="Status" bare=true choices=vec![Choice::new("", "Every status"), Choice::new("open", "Open")]/>
                <Button label="Filter" icon=Some(Icon::Filter)/>
                <span class="end"><Button label="New job" icon=Some(Icon::Plus) kind=Kind::Primary/></span>
            </Toolbar>
            <Chips
                label="Category"
                chips=["All", "Applicant tracking", "Calendars", "Chat", "Job boards"]
                    .into_iter()
                    .enumerate()
                    .map(|(index, label)| Chip { label: label.into(), href: "#".into(), is_current: index == 0 })
                    .collect()
            />
            <Table caption="Jobs" columns=columns()>
                {rows
                    .into_iter()
                    .map(|(title, department, place, status, count, minutes)| view! {
                        <tr>
                            <td class="name" data-label="Job"><a href="#job">{title}</a></td>
                            <td data-label="Department">{department}</td>
                            <td data-label="Location">{place}</td>
                            <td data-label="Status"><StatusBadge status/></td>
                            <td class="number" data-label="Applications">{count}</td>
                            <td data-label="Updated"><RelativeTime at=now - Duration::minutes(minutes) now/></td>
                            <td class="actions"><IconLink href="#edit" icon=Icon::Pencil label="Edit" small=true/><IconButton icon=Icon::Trash label="Delete" small=true/></td>
                        </tr>
                    })
                    .collect::<Vec<_>>()}
            </Table>
            <Pagination next=Some("?cursor=x".into()) summary=Some("3 of 1,204 jobs".into())/>
            <Table caption="Jobs" columns=columns()>
                <EmptyRow columns=7 text="No job matches. Remove a filter, or connect a system that brings jobs in."/>
            </Table>
            <Tiles>
                <Tile
                    href=Some("#greenhouse".into())
                    mark=view! { <Monogram slug="greenhouse" name="Greenhouse" size=Size::Large/> }
                    name="Greenhouse"
                    badge=view! { <StatusBadge status=IntegrationStatus::Active/> }
                    text="Brings jobs, candidates and applications in, and sends stage changes and notes back."
                    foot=view! { <span>"Last success "<RelativeTime at=now - Duration::minutes(2) now/></span> }
                />
                <Tile
                    href=Some("#slack".into())
                    mark=view! { <Monogram slug="slack" name="Slack" size=Size::Large/> }
                    name="Slack"
                    badge=view! { <StatusBadge status=IntegrationStatus::Error/> }
                    text="Posts what happens to the channels you choose."
                    foot=view! { <span>"Refused the sign-in at 14:03"</span><LinkButton href="#reconnect" label="Connect again" small=true/> }
                />
                <Tile
                    href=Some("#calendar".into())
                    mark=view! { <Monogram slug="google_calendar" name="Google Calendar" size=Size::Large/> }
                    name="Google Calendar"
                    badge=()
                    text="Reads who is free and writes interviews with their video link."
                    foot=view! { <span>"Calendar"</span><LinkButton href="#connect" label="Connect" small=true/> }
                />
                <Tile
                    mark=view! { <Monogram slug="zoom" name="Zoom" size=Size::Large attr:data-planned=""/> }
                    name="Zoom"
                    badge=view! { <Badge icon=Icon::Clock label="Planned"/> }
                    text="Video interviews."
                    foot=()
                />
            </Tiles>
            <Empty icon=Icon::Webhook title="No webhooks yet" text="A webhook tells another program at once when something changes here: an application arrives, a stage changes, a sync fails.">
                <Button label="Add a webhook" kind=Kind::Primary icon=Some(Icon::Plus)/>
                <LinkButton href="/docs/api" label="Read how they are signed"/>
            </Empty>
        </section>
    }
}

fn plots() -> impl IntoView {
    let series = || vec![Series { label: "Delivered".into(), tone: Tone::Good }, Series { label: "Failed".into(), tone: Tone::Bad }];
    let days = (0..30_u64)
        .map(|day| Day {
            label: format!("{} Nov", day + 1).into(),
            counts: vec![180 + day * 37 % 140, if day % 9 == 4 { 24 } else { day % 3 }],
        })
        .collect();
    let points = (0..48_u64)
        .map(|hour| {
            let p50_ms = 90 + hour * 13 % 47;
            LatencyPoint { p50_ms, p95_ms: p50_ms + 80 + hour * 29 % 60, p99_ms: p50_ms + 190 + hour * 53 % 170 }
        })
        .collect();
    let parts = || {
        vec![
            Part { label: "Delivered".into(), value: 9_120, tone: Tone::Good },
            Part { label: "Waiting".into(), value: 210, tone: Tone::Info },
            Part { label: "Failed".into(), value: 140, tone: Tone::Bad },
        ]
    };
    view! {
        <section aria-label="Plots">
            <h2>"Plots"</h2>
            <div class="halves">
                <Card title="Deliveries by day"><DayBars title="Deliveries of the last 30 days" series=series() days/></Card>
                <Card title="Latency"><LatencyBands title="Latency over 24 hours" points from="yesterday, 14:00" to="now"/></Card>
                <Card title="Outcome"><Donut figure="96 %" parts=parts()/><RatioBar parts=parts()/></Card>
                <Card title="Small ones">
                    <div class="row between"><span>"Fill rate of \u{201c}source\u{201d}"</span><Meter label="Filled in 82 of 100 records" percent=82/></div>
                    <div class="row between"><span>"Quota left"</span><Meter label="Quota left" percent=12 tone=Tone::Warning/></div>
                    <div class="row between"><span>"Flat"</span><Sparkline values=vec![3.0, 3.0, 3.0] summary="Unchanged" tone=Tone::Neutral/></div>
                    <div class="row between"><span>"No data"</span><Sparkline values=vec![] summary="Nothing measured yet" tone=Tone::Neutral/></div>
                </Card>
            </div>
        </section>
    }
}

fn messages(now: DateTime<Utc>) -> impl IntoView {
    let greenhouse = || Some(Source { slug: "greenhouse".into(), name: "Greenhouse".into() });
    let question = || Question {
        title: "Disconnect Greenhouse?".into(),
        text: "Syncs stop and its credentials are erased here. The 1,204 records it brought stay, without their link to Greenhouse.".into(),
        action: "#".into(),
        fields: vec![("id".into(), "1".into())],
        button: "Disconnect Greenhouse".into(),
        typed: Some("Greenhouse".into()),
    };
    view! {
        <section aria-label="Messages">
            <h2>"What happened"</h2>
            <Callout tone=Tone::Bad title="Greenhouse refused the sign-in (401 at 14:03).">
                <p>"The secret was probably replaced. Enter the new one; nothing that waits is lost."</p>
                <div class="button-row"><LinkButton href="#x" label="Enter the new secret" kind=Kind::Primary small=true/><Button label="Try again" small=true/></div>
            </Callout>
            <div class="halves">
                <Callout tone=Tone::Warning title="12 records could not be taken."><p>"They are kept as dead letters with their reason."</p></Callout>
                <Callout tone=Tone::Good title="All four permissions are there."/>
                <Callout title="Harvest v1 keys stopped working on 31 August 2026."><p>"Create a client id and secret instead."</p></Callout>
                <Flash tone=Tone::Warning text="Nothing was saved: the test failed."/>
            </div>
            <div class="halves">
                <Card title="Timeline">
                    <Timeline>
                        <li class="event-day">"Today"</li>
                        <Event icon=Icon::ArrowRight tone=Tone::Info text="Moved from Phone screen to Onsite" at=now - Duration::minutes(4) now source=greenhouse()/>
                        <Event icon=Icon::CrossCircle tone=Tone::Bad text="The note was not sent" at=now - Duration::minutes(9) now source=greenhouse()>
                            <p class="muted">"Greenhouse asks for the permission \u{201c}Notes\u{201d} (403)."</p>
                            <div class="button-row"><Button label="Try again" small=true icon=Some(Icon::Refresh)/></div>
                        </Event>
                        <Event icon=Icon::Mail text="Wrote: I would be happy to come on Tuesday" at=now - Duration::hours(3) now/>
                        <Event icon=Icon::CheckCircle tone=Tone::Good text="Applied for Backend engineer" at=now - Duration::days(2) now source=greenhouse()/>
                    </Timeline>
                </Card>
                <div class="stack">
                    <Card title="The test">
                        <ul class="results">
                            <Outcome tone=Tone::Good text="Signed in as Hirewire service"/>
                            <Outcome tone=Tone::Good text="May read jobs"/>
                            <Outcome tone=Tone::Bad text="May not read offers" hint="In Greenhouse, open Configure, API credentials, and tick \u{201c}Offers: list\u{201d}."/>
                        </ul>
                    </Card>
                    <CodeBlock
                        id="payload"
                        title="Request body"
                        code="{\n  \"event\": \"application.stage_changed\",\n  \"timestamp\": \"2026-11-21T14:03:22Z\",\n  \"organizationId\": \"0199b3f2-77c1-7d0a-9a4e-2f6c1b8e4d10\",\n  \"data\": { \"stage\": \"Onsite\" }\n}"
                    />
                    <CodeBlock id="signature" title="Signature" wrap=true code="v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="/>
                </div>
            </div>
            <div class="row">
                <Button label="Disconnect" kind=Kind::Danger opens="ask"/>
                <ConfirmDialog id="ask" question=question()/>
            </div>
            <Card><ConfirmPage question=question() back="#"/></Card>
        </section>
    }
}

fn forms() -> impl IntoView {
    view! {
        <section aria-label="Forms">
            <h2>"Forms"</h2>
            <div class="halves">
                <Card title="Connect Greenhouse">
                    <Steps>
                        <Step number=1 title="What you need" state=StepState::Done>
                            <ol><li>"Open Configure, then API credentials."</li><li>"Create a credential of the kind \u{201c}Harvest v3\u{201d}."</li><li>"Copy the client id and the secret."</li></ol>
                        </Step>
                        <Step number=2 title="Enter them" state=StepState::Current>
                            <form class="form">
                                <Field name="client_id" label="Client id" mono=true value=Some("gh_4711".into())/>
                                <Field name="client_secret" label="Client secret" kind="password" autocomplete="new-password" error=Some("Greenhouse does not know this secret.".into()) help=Some("Shown once when it is created. Kept encrypted here.".into())/>
                                <Field name="user" label="Acting user" required=false placeholder=Some("4080".into()) help=Some("Changes appear in Greenhouse under this person.".into())/>
                                <div class="button-row"><Button label="Test and connect" kind=Kind::Primary/><LinkButton href="#" label="Cancel" kind=Kind::Quiet/></div>
                            </form>
                        </Step>
                        <Step number=3 title="Test"><p class="muted">"Each permission is tried. Nothing is saved when one fails."</p></Step>
                    </Steps>
                </Card>
                <div class="stack">
                    <Card title="Fields">
                        <form class="form full">
                            <div class="form-pair">
                                <Select name="interval" label="Sync every" value=Some("15".into()) choices=vec![Choice::new("5", "5 minutes"), Choice::new("15", "15 minutes"), Choice::new("60", "Hour")]/>
                                <Field name="since" label="Since" kind="date" required=false/>
                            </div>
                            <TextArea name="note" label="Note" required=false value=Some("Seen by everyone in the organization.".into())/>
                            <Field name="id" label="Webhook address" mono=true readonly=true value=Some("https://hire.example/hooks/greenhouse/0199b3f2".into())/>
                            <fieldset class="fieldset">
                                <legend>"Events"</legend>
                                <div class="checks columns">
                                    <Checkbox name="events" value="application.created" label="Application created" checked=true/>
                                    <Checkbox name="events" value="application.hired" label="Application hired"/>
                                    <Checkbox name="events" value="sync.failed" label="Sync failed" help=Some("Also after five tries.".into())/>
                                </div>
                            </fieldset>
                            <fieldset class="fieldset">
                                <legend>"Order"</legend>
                                <div class="checks">
                                    <Checkbox name="order" value="any" label="As fast as possible" radio=true checked=true/>
                                    <Checkbox name="order" value="kept" label="Kept per candidate" radio=true help=Some("One at a time; a failure holds the rest back.".into())/>
                                </div>
                            </fieldset>
                        </form>
                    </Card>
                    <Card title="Buttons">
                        <div class="button-row"><Button label="Primary" kind=Kind::Primary/><Button label="Secondary"/><Button label="Danger" kind=Kind::Danger/><Button label="Quiet" kind=Kind::Quiet/></div>
                        <div class="button-row"><Button label="Primary" kind=Kind::Primary small=true/><Button label="Secondary" small=true/><Button label="Danger" kind=Kind::Danger small=true/><Button label="Quiet" kind=Kind::Quiet small=true/></div>
                        <div class="button-row"><Button label="Saving" kind=Kind::Primary busy=true/><Button label="Checking" busy=true/><Button label="Not now" disabled=true/><Button label="Not now" kind=Kind::Primary disabled=true/></div>
                        <ThemeChoice theme=Theme::System/>
                    </Card>
                    <div class="save-bar"><span class="strong">"2 changes are not saved."</span><Button label="Show the difference" small=true/><Button label="Save" kind=Kind::Primary small=true/></div>
                </div>
            </div>
        </section>
    }
}

fn marks() -> impl IntoView {
    let names = ["Ria Iyer", "Ana Maria da Silva", "Tom Berg", "Cher", "Yuki Tanaka", "Obi Nwosu", "Lena Fischer", "Sam Okoro"];
    let providers = [
        ("greenhouse", "Greenhouse"),
        ("lever", "Lever"),
        ("workday", "Workday"),
        ("bamboohr", "BambooHR"),
        ("slack", "Slack"),
        ("gmail", "Gmail"),
        ("outlook_calendar", "Outlook Calendar"),
        ("docusign", "DocuSign"),
        ("stripe", "Stripe"),
        ("zoho_crm", "Zoho CRM"),
    ];
    view! {
        <section aria-label="Marks">
            <h2>"Marks"</h2>
            <div class="row">{IntegrationStatus::ALL.iter().map(|&status| view! { <StatusBadge status/> }).collect::<Vec<_>>()}</div>
            <div class="row">{RunState::ALL.iter().map(|&status| view! { <StatusBadge status/> }).collect::<Vec<_>>()}</div>
            <div class="row">{DeliveryState::ALL.iter().map(|&status| view! { <StatusBadge status/> }).collect::<Vec<_>>()}{JobStatus::ALL.iter().map(|&status| view! { <StatusBadge status/> }).collect::<Vec<_>>()}</div>
            <div class="row">{ApplicationStatus::ALL.iter().map(|&status| view! { <StatusBadge status/> }).collect::<Vec<_>>()}{InterviewStatus::ALL.iter().map(|&status| view! { <StatusBadge status/> }).collect::<Vec<_>>()}</div>
            <div class="row">{OfferStatus::ALL.iter().map(|&status| view! { <StatusBadge status/> }).collect::<Vec<_>>()}</div>
            <div class="row">{names.into_iter().map(|name| view! { <Avatar name/> }).collect::<Vec<_>>()}<span class="who"><Avatar name="Ria Iyer"/><span><a href="#ria">"Ria Iyer"</a><span class="meta">"ria@northwind.example"</span></span></span></div>
            <div class="row">{providers.into_iter().map(|(slug, name)| view! { <Monogram slug name/> }).collect::<Vec<_>>()}</div>
            <div class="row"><Count value=4/><Count value=3 tone=Tone::Bad/><Tag label="application.created"/><kbd>"g"</kbd><kbd>"i"</kbd></div>
            <ul class="icon-sheet">{Icon::ALL.iter().map(|icon| view! { <li>{icon.view()}{icon.name()}</li> }).collect::<Vec<_>>()}</ul>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use chrono::TimeZone;

    use super::*;

    fn render(theme: Theme) -> String {
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 14, 3, 22).single().expect("a valid time");
        Owner::new().with(|| view! { <Gallery now theme/> }.to_html())
    }

    fn render_sign_in() -> String {
        let page = || {
            view! {
                <Document head=Head::new("Sign in", Theme::System)>
                    <PlainFrame title="Sign in" lead="Continue to your organization." aside=|| view! { "New here? "<a href="/sign-up">"Create an organization"</a> }>
                        <Callout tone=Tone::Bad title="The address or the password is wrong."/>
                        <form class="form" method="post">
                            <Field name="email" label="E-mail" kind="email" autocomplete="username" value=Some("ria@northwind.example".into())/>
                            <Field name="password" label="Password" kind="password" autocomplete="current-password"/>
                            <Button label="Sign in" kind=Kind::Primary/>
                        </form>
                    </PlainFrame>
                </Document>
            }
        };
        Owner::new().with(|| page().to_html())
    }

    fn render_candidate() -> String {
        let page = || {
            view! {
                <Document head=Head::new("Pick a time", Theme::System)>
                    <CandidateFrame organization="Northwind Robotics" title="Which time suits you?" lead="Interview for Backend engineer, 45 minutes, by video. Times in Paris.">
                        <form class="form" method="post">
                            <Checkbox name="slot" value="1" label="Tuesday 24 November, 10:00" radio=true checked=true/>
                            <Checkbox name="slot" value="2" label="Tuesday 24 November, 14:30" radio=true/>
                            <Button label="Book this time" kind=Kind::Primary/>
                        </form>
                    </CandidateFrame>
                </Document>
            }
        };
        Owner::new().with(|| page().to_html())
    }

    /// Puts the imported files where their import stands.
    fn bundle(file: &Path) -> String {
        let text = fs::read_to_string(file).expect("an imported file exists");
        text.lines()
            .map(|line| match line.strip_prefix("@import \"").and_then(|rest| rest.split_once("\" layer(")) {
                Some((path, layer)) => {
                    format!("@layer {} {{\n{}\n}}\n", layer.trim_end_matches(");"), bundle(&file.with_file_name("").join(path)))
                }
                None => format!("{line}\n"),
            })
            .collect()
    }

    /// Renders everything and leaves it in `target/gallery`, to be looked at.
    #[test]
    fn renders_every_component() {
        let style = bundle(&Path::new(env!("CARGO_MANIFEST_DIR")).join("style/main.css"));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/gallery");
        fs::create_dir_all(&folder).expect("the target folder can be written");
        let write = |name: &str, html: &str| {
            fs::write(folder.join(name), html.replace("</head>", &format!("<style>{style}</style></head>")))
                .expect("the file can be written");
        };
        let sign_in = render_sign_in();
        assert!(!sign_in.contains("<script"), "no islands were asked for");
        write("sign-in.html", &sign_in);
        write("candidate.html", &render_candidate());
        for theme in [Theme::Light, Theme::Dark] {
            let html = render(theme);
            assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\" data-theme="), "{}", &html[..200]);
            assert_eq!(html.matches("<h1").count(), 2, "the page's and the confirm page's");
            assert!(html.contains("<title>Design · Hirewire</title>"));
            assert!(!html.contains(" style=\""), "an inline style would need a hole in the content security policy");
            assert_eq!(html.matches("<leptos-island").count(), 1, "one island serves the whole page");
            write(&format!("{}.html", theme.as_str()), &html);
        }
    }
}
