//! Names, places and titles that the generated records are put together from. Every person is invented.

/// Given names, each with its spelling in an e-mail address.
pub(super) const FIRST: &[(&str, &str)] = &[
    ("Amara", "amara"),
    ("Lucía", "lucia"),
    ("Wei", "wei"),
    ("Priya", "priya"),
    ("Jonas", "jonas"),
    ("Fatima", "fatima"),
    ("Mateus", "mateus"),
    ("Aiko", "aiko"),
    ("Zoë", "zoe"),
    ("Kwame", "kwame"),
    ("Ingrid", "ingrid"),
    ("Omar", "omar"),
    ("Chloé", "chloe"),
    ("Dmitri", "dmitri"),
    ("Nia", "nia"),
    ("Rafael", "rafael"),
    ("Leila", "leila"),
    ("Tomasz", "tomasz"),
    ("Hana", "hana"),
    ("Elijah", "elijah"),
    ("Siobhán", "siobhan"),
    ("Arjun", "arjun"),
    ("Mei", "mei"),
    ("Yusuf", "yusuf"),
    ("Camille", "camille"),
    ("Björn", "bjorn"),
    ("Thandiwe", "thandiwe"),
    ("Noah", "noah"),
    ("Ximena", "ximena"),
    ("Minh", "minh"),
    ("Olga", "olga"),
    ("Samuel", "samuel"),
    ("Aaliyah", "aaliyah"),
    ("Pedro", "pedro"),
    ("Greta", "greta"),
    ("Kenji", "kenji"),
    ("Soraya", "soraya"),
    ("Liam", "liam"),
    ("Folake", "folake"),
    ("Mirela", "mirela"),
    ("Anders", "anders"),
    ("Divya", "divya"),
    ("Ahmed", "ahmed"),
    ("Josephine", "josephine"),
    ("Lukas", "lukas"),
    ("Nadia", "nadia"),
    ("Tariq", "tariq"),
    ("Eun-ji", "eunji"),
];

/// Family names, each with its spelling in an e-mail address.
pub(super) const LAST: &[(&str, &str)] = &[
    ("Okafor", "okafor"),
    ("García", "garcia"),
    ("Zhang", "zhang"),
    ("Raman", "raman"),
    ("Lindqvist", "lindqvist"),
    ("Haddad", "haddad"),
    ("Silva", "silva"),
    ("Tanaka", "tanaka"),
    ("de Vries", "devries"),
    ("Mensah", "mensah"),
    ("Solberg", "solberg"),
    ("Farouk", "farouk"),
    ("Lefèvre", "lefevre"),
    ("Volkov", "volkov"),
    ("Walker", "walker"),
    ("Moreno", "moreno"),
    ("Hosseini", "hosseini"),
    ("Kowalski", "kowalski"),
    ("Sato", "sato"),
    ("Brooks", "brooks"),
    ("O'Brien", "obrien"),
    ("Mehta", "mehta"),
    ("Chen", "chen"),
    ("Yılmaz", "yilmaz"),
    ("Dubois", "dubois"),
    ("Nyström", "nystrom"),
    ("Dlamini", "dlamini"),
    ("Fischer", "fischer"),
    ("Castillo", "castillo"),
    ("Nguyen", "nguyen"),
    ("Petrova", "petrova"),
    ("Adeyemi", "adeyemi"),
    ("Johnson", "johnson"),
    ("Almeida", "almeida"),
    ("Keller", "keller"),
    ("Watanabe", "watanabe"),
    ("Rahimi", "rahimi"),
    ("Murphy", "murphy"),
    ("Balogun", "balogun"),
    ("Popescu", "popescu"),
    ("Hansen", "hansen"),
    ("Iyer", "iyer"),
    ("Mansour", "mansour"),
    ("Bell", "bell"),
    ("Novák", "novak"),
    ("Costa", "costa"),
    ("Qureshi", "qureshi"),
    ("Park", "park"),
    ("Svensson", "svensson"),
];

/// Present employers.
pub(super) const COMPANIES: &[&str] = &[
    "Northwind Labs",
    "Blue Harbor Logistics",
    "Fabrikam",
    "Sunward Energy",
    "Contoso Retail",
    "Tailspin Media",
    "Litware Health",
    "Adatum Bank",
    "Cedar & Pine",
    "Maple Robotics",
    "Riverbend Foods",
    "Helix Biotech",
    "Quarry Analytics",
    "Lanterna Studio",
    "Polar Freight",
    "Wingtip Travel",
];

/// Cities with their Rails time zone.
pub(super) const CITIES: &[(&str, &str)] = &[
    ("Berlin, Germany", "Berlin"),
    ("New York, NY, USA", "Eastern Time (US & Canada)"),
    ("Lagos, Nigeria", "West Central Africa"),
    ("São Paulo, Brazil", "Brasilia"),
    ("Bengaluru, India", "Kolkata"),
    ("London, United Kingdom", "London"),
    ("Toronto, Canada", "Eastern Time (US & Canada)"),
    ("Nairobi, Kenya", "Nairobi"),
    ("Madrid, Spain", "Madrid"),
    ("Tokyo, Japan", "Tokyo"),
    ("Denver, CO, USA", "Mountain Time (US & Canada)"),
    ("Paris, France", "Paris"),
];

/// Tags.
pub(super) const TAGS: &[&str] =
    &["Rust", "Referred by team", "Relocation", "Part time", "Speaks French", "Silver medalist", "Conference", "Remote only", "Alumni"];

/// Departments.
pub(super) const DEPARTMENTS: &[&str] = &["Engineering", "Product & Design", "Sales", "Customer Success", "Finance", "People"];

/// Offices with their location.
pub(super) const OFFICES: &[(&str, &str)] = &[
    ("Berlin", "Berlin, Germany"),
    ("New York", "New York, NY, USA"),
    ("Lagos", "Lagos, Nigeria"),
    ("Bengaluru", "Bengaluru, India"),
    ("Remote (EU)", "Remote"),
];

/// Jobs: name, department, office, openings. The last is a template.
pub(super) const JOBS: &[(&str, usize, usize, usize)] = &[
    ("Senior Backend Engineer", 0, 0, 2),
    ("Frontend Engineer", 0, 0, 1),
    ("Site Reliability Engineer", 0, 4, 1),
    ("Data Engineer", 0, 3, 1),
    ("Engineering Manager, Platform", 0, 0, 1),
    ("Mobile Engineer (iOS)", 0, 4, 1),
    ("Security Engineer", 0, 1, 1),
    ("QA Engineer", 0, 3, 2),
    ("Product Designer", 1, 0, 1),
    ("Product Manager, Integrations", 1, 1, 1),
    ("UX Researcher", 1, 4, 1),
    ("Technical Writer", 1, 4, 1),
    ("Account Executive", 2, 1, 3),
    ("Sales Development Representative", 2, 1, 3),
    ("Solutions Engineer", 2, 2, 1),
    ("Regional Sales Lead, West Africa", 2, 2, 1),
    ("Customer Success Manager", 3, 1, 2),
    ("Support Specialist", 3, 2, 2),
    ("Implementation Consultant", 3, 0, 1),
    ("Financial Analyst", 4, 1, 1),
    ("Payroll Specialist", 4, 0, 1),
    ("Technical Recruiter", 5, 0, 1),
    ("People Partner", 5, 2, 1),
    ("Template: Engineer", 0, 0, 1),
];

/// The steps of every pipeline.
pub(super) const STAGES: &[&str] = &["Application Review", "Phone Screen", "Skills Interview", "Onsite", "Reference Check", "Offer"];

/// Rejection reasons; the first four come with Greenhouse.
pub(super) const REASONS: &[&str] = &[
    "Lacking skill(s)/qualification(s)",
    "Not a cultural fit",
    "Wasn't interested",
    "Didn't like offer",
    "Position filled",
    "Salary expectations differ",
];

/// Where applications come from.
pub(super) const SOURCES: &[&str] = &[
    "Jobs page on your website",
    "LinkedIn (Prospecting)",
    "Referral",
    "Indeed",
    "Internal Applicant",
    "Agency: Bright Hires",
    "Career fair",
    "Glassdoor",
];

/// Why openings are closed.
pub(super) const CLOSE_REASONS: &[&str] = &["Hire - New Headcount", "Hire - Backfill", "Not Filling"];
