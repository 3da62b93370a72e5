//! The generated records: each is computed from the seed and its number, so that a hundred thousand of them need no memory.

mod few;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::people::{CITIES, CLOSE_REASONS, COMPANIES, DEPARTMENTS, FIRST, JOBS, LAST, OFFICES, REASONS, SOURCES, STAGES, TAGS};

/// Colleagues in the account.
const USERS: usize = 20;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $path:literal),+ $(,)?) => {
        /// What the simulated account holds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[$doc])* $name,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its path below `/v3`, which is also its name in scopes.
            pub const fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)+ }
            }

            /// The kind of this path.
            pub fn of(path: &str) -> Option<Self> {
                match path { $($path => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// Departments.
    Departments = "departments",
    /// Offices.
    Offices = "offices",
    /// Colleagues.
    Users = "users",
    /// Jobs.
    Jobs = "jobs",
    /// Openings of jobs.
    Openings = "openings",
    /// Steps of jobs' pipelines.
    Stages = "job_interview_stages",
    /// Candidates.
    Candidates = "candidates",
    /// Applications.
    Applications = "applications",
    /// Interviews.
    Interviews = "interviews",
    /// Offers.
    Offers = "offers",
    /// Notes.
    Notes = "notes",
    /// Files.
    Attachments = "attachments",
    /// Rejection reasons.
    Reasons = "rejection_reasons",
    /// Reasons for closing an opening.
    CloseReasons = "close_reasons",
    /// Where applications come from.
    Sources = "sources",
}

/// A time as the API writes it: UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At(pub(super) DateTime<Utc>);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// What lists filter by.
#[derive(Debug, Clone, Default)]
pub(super) struct Meta {
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub last_activity_at: Option<DateTime<Utc>>,
    pub candidate: Option<i64>,
    pub job: Option<i64>,
    pub application: Option<i64>,
    pub status: Option<String>,
    pub emails: Vec<String>,
}

/// The generated account.
#[derive(Debug, Clone)]
pub(super) struct World {
    seed: u64,
    today: DateTime<Utc>,
    candidates: usize,
}

#[derive(Serialize)]
struct Typed<'a> {
    value: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct Untyped<'a> {
    value: &'a str,
}

#[derive(Serialize)]
struct Custom<T> {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    value: T,
}

const fn custom<T>(name: &'static str, kind: &'static str, value: T) -> Custom<T> {
    Custom { name, kind, value }
}

#[derive(Serialize)]
struct Money {
    unit: &'static str,
    amount: String,
}

#[derive(Serialize)]
struct CandidateFields {
    desired_salary: Custom<Option<Money>>,
    notice_period_weeks: Custom<u64>,
    work_authorization: Custom<&'static str>,
}

#[derive(Serialize)]
struct Candidate<'a> {
    id: i64,
    first_name: &'static str,
    last_name: &'static str,
    preferred_name: Option<&'static str>,
    company: Option<&'static str>,
    title: Option<&'static str>,
    email_addresses: &'a [Typed<'a>],
    phone_numbers: &'a [Typed<'a>],
    addresses: &'a [Typed<'a>],
    website_addresses: &'a [Typed<'a>],
    social_media_addresses: &'a [Untyped<'a>],
    tags: &'a [&'static str],
    private: bool,
    can_email: bool,
    linked_user_ids: &'a [i64],
    time_zone: &'static str,
    custom_fields: CandidateFields,
    last_activity_at: At,
    created_at: At,
    updated_at: At,
}

#[derive(Serialize)]
struct ApplicationFields {
    heard_about_us: Custom<Option<&'static str>>,
    visa_sponsorship: Custom<bool>,
}

#[derive(Serialize)]
struct Application<'a> {
    id: i64,
    candidate_id: i64,
    job_id: Option<i64>,
    job_post_id: Option<i64>,
    status: &'static str,
    stage_id: Option<i64>,
    stage_name: Option<&'static str>,
    job_interview_stage_id: Option<i64>,
    prospect: bool,
    prospective_job_ids: &'a [i64],
    source_id: i64,
    referrer_id: Option<i64>,
    recruiter_id: i64,
    coordinator_id: Option<i64>,
    rejection_reason_id: Option<i64>,
    rejected_at: Option<At>,
    needs_decision: bool,
    location_address: Option<&'static str>,
    answers: &'a [Value],
    custom_fields: ApplicationFields,
    last_activity_at: At,
    created_at: At,
    updated_at: At,
}

/// Where a generated application stands.
struct Course {
    candidate: usize,
    job: Option<usize>,
    status: &'static str,
    stage: Option<usize>,
    reason: Option<usize>,
}

impl World {
    pub(super) const fn new(seed: u64, today: DateTime<Utc>, candidates: usize) -> Self {
        Self { seed, today, candidates }
    }

    /// A number that depends on the seed, the kind, the record and what it is for.
    fn dice(&self, kind: Kind, number: usize, salt: u64) -> u64 {
        // SplitMix64's finalizer: cheap, and good enough that neighbours do not look alike.
        let mut x = self.seed
            ^ ((kind as u64 + 1) << 56)
            ^ (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ salt.wrapping_mul(0xD1B5_4A32_D192_ED03);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    fn pick<'a, T>(&self, list: &'a [T], kind: Kind, number: usize, salt: u64) -> &'a T {
        &list[(self.dice(kind, number, salt) % list.len() as u64) as usize]
    }

    /// How many generated records a kind has.
    pub(super) fn count(&self, kind: Kind) -> usize {
        let applications = self.candidates * 4 / 3;
        match kind {
            Kind::Departments => DEPARTMENTS.len(),
            Kind::Offices => OFFICES.len(),
            Kind::Users => USERS,
            Kind::Jobs => JOBS.len(),
            Kind::Openings => JOBS.iter().map(|job| job.3).sum(),
            Kind::Stages => JOBS.len() * STAGES.len(),
            Kind::Candidates => self.candidates,
            Kind::Applications => applications,
            Kind::Interviews => applications.div_ceil(3),
            Kind::Offers => applications.div_ceil(12),
            Kind::Notes | Kind::Attachments => 0,
            Kind::Reasons => REASONS.len(),
            Kind::CloseReasons => CLOSE_REASONS.len(),
            Kind::Sources => SOURCES.len(),
        }
    }

    /// The id of a kind's record by number. Numbers from `count` on belong to records that were made later.
    pub(super) fn id(kind: Kind, number: usize) -> i64 {
        (kind as i64 + 4) * 10_000_000 + number as i64 + 1
    }

    /// The number of a kind's record by id.
    pub(super) fn number(kind: Kind, id: i64) -> Option<usize> {
        usize::try_from(id - Self::id(kind, 0)).ok()
    }

    /// A moment in the last half year, the later the number the later on the whole.
    fn born(&self, kind: Kind, number: usize) -> DateTime<Utc> {
        let span = 180 * 86_400_000i64;
        let ago = (self.dice(kind, number, 1) % span as u64) as i64;
        self.today - TimeDelta::milliseconds(ago + 60_000)
    }

    fn touched(&self, kind: Kind, number: usize, born: DateTime<Utc>) -> DateTime<Utc> {
        let room = (self.today - born).num_milliseconds().max(1);
        born + TimeDelta::milliseconds((self.dice(kind, number, 2) % room as u64) as i64)
    }

    fn course(&self, number: usize) -> Course {
        let kind = Kind::Applications;
        let candidate =
            if number < self.candidates { number } else { (self.dice(kind, number, 3) % self.candidates.max(1) as u64) as usize };
        let dice = self.dice(kind, number, 4) % 100;
        let job = (self.dice(kind, number, 5) % (JOBS.len() as u64 - 1)) as usize;
        let course = |status, stage, reason| Course { candidate, job: Some(job), status, stage, reason };
        if number.is_multiple_of(12) {
            if dice < 40 { course("hired", None, None) } else { course("in_process", Some(5), None) }
        } else if number.is_multiple_of(3) {
            course("in_process", Some(2 + (dice % 3) as usize), None)
        } else if number % 20 == 7 {
            Course { candidate, job: None, status: "in_process", stage: None, reason: None }
        } else if dice < 35 {
            course("rejected", None, Some((dice % REASONS.len() as u64) as usize))
        } else {
            course("in_process", Some((dice % 2) as usize), None)
        }
    }

    fn application_times(&self, number: usize) -> (DateTime<Utc>, DateTime<Utc>) {
        let born = self.born(Kind::Applications, number);
        (born, self.touched(Kind::Applications, number, born))
    }

    /// What lists filter by, without making the whole record.
    pub(super) fn meta(&self, kind: Kind, number: usize) -> Meta {
        let mut meta = Meta::default();
        match kind {
            Kind::Candidates => {
                let born = self.born(kind, number);
                let touched = self.touched(kind, number, born);
                (meta.created_at, meta.updated_at, meta.last_activity_at) = (Some(born), Some(touched), Some(touched));
            }
            Kind::Applications => {
                let course = self.course(number);
                let (born, touched) = self.application_times(number);
                (meta.created_at, meta.updated_at, meta.last_activity_at) = (Some(born), Some(touched), Some(touched));
                meta.candidate = Some(Self::id(Kind::Candidates, course.candidate));
                meta.job = course.job.map(|job| Self::id(Kind::Jobs, job));
                meta.status = Some(course.status.to_owned());
            }
            _ => return Meta::of(&self.record(kind, number)),
        }
        meta
    }

    /// A generated candidate's address.
    pub(super) fn email(&self, number: usize) -> String {
        let (first, last) = (self.pick(FIRST, Kind::Candidates, number, 10), self.pick(LAST, Kind::Candidates, number, 11));
        format!("{}.{}.{}@example.com", first.1, last.1, number + 1)
    }

    /// Writes a generated record as JSON.
    pub(super) fn write(&self, kind: Kind, number: usize, out: &mut Vec<u8>) {
        let written = match kind {
            Kind::Candidates => self.write_candidate(number, out),
            Kind::Applications => self.write_application(number, out),
            _ => serde_json::to_writer(out, &self.record(kind, number)),
        };
        written.expect("these structures are always JSON");
    }

    /// A generated record as a value.
    pub(super) fn value(&self, kind: Kind, number: usize) -> Value {
        let mut out = Vec::new();
        self.write(kind, number, &mut out);
        serde_json::from_slice(&out).expect("what was just written is JSON")
    }

    fn write_candidate(&self, number: usize, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let kind = Kind::Candidates;
        let (first, last) = (self.pick(FIRST, kind, number, 10), self.pick(LAST, kind, number, 11));
        let city = self.pick(CITIES, kind, number, 12);
        let dice = self.dice(kind, number, 13);
        let email = self.email(number);
        let phone = format!("+1 555 {:03} {:04}", dice % 1000, (dice >> 10) % 10_000);
        let site = format!("https://{}-{}.example.com", first.1, last.1);
        let social = format!("https://social.example.com/{}{}", first.1, number + 1);
        let tags = [*self.pick(TAGS, kind, number, 14), *self.pick(TAGS, kind, number, 15)];
        let tags = if tags[0] == tags[1] { &tags[..1] } else { &tags[..(dice % 3) as usize] };
        let born = self.born(kind, number);
        let touched = self.touched(kind, number, born);
        let candidate = Candidate {
            id: Self::id(kind, number),
            first_name: first.0,
            last_name: last.0,
            preferred_name: None,
            company: (!dice.is_multiple_of(5)).then(|| *self.pick(COMPANIES, kind, number, 16)),
            title: (!dice.is_multiple_of(7)).then(|| JOBS[(self.dice(kind, number, 17) % (JOBS.len() as u64 - 1)) as usize].0),
            email_addresses: &[Typed { value: &email, kind: "personal" }],
            phone_numbers: &[Typed { value: &phone, kind: "mobile" }],
            addresses: &[Typed { value: city.0, kind: "home" }],
            website_addresses: &[Typed { value: &site, kind: "portfolio" }][..usize::from(dice.is_multiple_of(4))],
            social_media_addresses: &[Untyped { value: &social }][..usize::from(dice.is_multiple_of(2))],
            tags,
            private: dice % 50 == 1,
            can_email: dice % 40 != 1,
            linked_user_ids: &[],
            time_zone: city.1,
            custom_fields: CandidateFields {
                desired_salary: custom(
                    "Desired Salary",
                    "currency",
                    (!dice.is_multiple_of(3)).then(|| Money { unit: "EUR", amount: format!("{}.0", 45_000 + dice % 60 * 1000) }),
                ),
                notice_period_weeks: custom("Notice Period (weeks)", "number", dice % 13),
                work_authorization: custom(
                    "Work Authorization",
                    "single_select",
                    ["Citizen", "Permanent resident", "Needs a permit"][(dice % 3) as usize],
                ),
            },
            last_activity_at: At(touched),
            created_at: At(born),
            updated_at: At(touched),
        };
        serde_json::to_writer(out, &candidate)
    }

    fn write_application(&self, number: usize, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let kind = Kind::Applications;
        let course = self.course(number);
        let dice = self.dice(kind, number, 20);
        let (born, touched) = self.application_times(number);
        let stage = course.job.zip(course.stage).map(|(job, stage)| Self::id(Kind::Stages, job * STAGES.len() + stage));
        let prospective = [Self::id(Kind::Jobs, (dice % 5) as usize)];
        let application = Application {
            id: Self::id(kind, number),
            candidate_id: Self::id(Kind::Candidates, course.candidate),
            job_id: course.job.map(|job| Self::id(Kind::Jobs, job)),
            job_post_id: None,
            status: course.status,
            stage_id: stage,
            stage_name: course.stage.map(|stage| STAGES[stage]),
            job_interview_stage_id: stage,
            prospect: course.job.is_none(),
            prospective_job_ids: if course.job.is_none() { &prospective } else { &[] },
            source_id: Self::id(Kind::Sources, (dice % SOURCES.len() as u64) as usize),
            referrer_id: None,
            recruiter_id: Self::id(Kind::Users, (dice % 6) as usize),
            coordinator_id: dice.is_multiple_of(2).then(|| Self::id(Kind::Users, 6 + (dice % 4) as usize)),
            rejection_reason_id: course.reason.map(|reason| Self::id(Kind::Reasons, reason)),
            rejected_at: (course.status == "rejected").then_some(At(touched)),
            needs_decision: dice % 9 == 1,
            location_address: dice.is_multiple_of(2).then(|| self.pick(CITIES, kind, number, 21).0),
            answers: &[],
            custom_fields: ApplicationFields {
                heard_about_us: custom("How did you hear about us?", "short_text", dice.is_multiple_of(3).then_some("From a friend")),
                visa_sponsorship: custom("Needs visa sponsorship", "boolean", dice % 6 == 1),
            },
            last_activity_at: At(touched),
            created_at: At(born),
            updated_at: At(touched),
        };
        serde_json::to_writer(out, &application)
    }
}

impl Meta {
    /// What lists filter by, read from a record that was changed or made later.
    pub(super) fn of(record: &Value) -> Self {
        let time = |name: &str| record.get(name)?.as_str()?.parse().ok();
        let number = |name: &str| record.get(name)?.as_i64();
        let emails = record.get("email_addresses").and_then(Value::as_array);
        Self {
            created_at: time("created_at"),
            updated_at: time("updated_at"),
            last_activity_at: time("last_activity_at"),
            candidate: number("candidate_id"),
            job: number("job_id"),
            application: number("application_id"),
            status: record.get("status").and_then(Value::as_str).map(str::to_owned),
            emails: emails.into_iter().flatten().filter_map(|email| Some(email.get("value")?.as_str()?.to_ascii_lowercase())).collect(),
        }
    }
}
