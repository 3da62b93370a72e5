//! `hirewire user`.

use std::io::BufRead as _;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use secrecy::SecretString;

use super::{say, start};
use crate::accounts::sign_up::{SignUp, add_member};
use crate::config::Config;
use crate::domain::role::Role;

/// What to do with people.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a person a member of an organization; either is made if it does not exist yet.
    Create(Create),
}

/// Who becomes a member of what.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// The organization's name.
    #[arg(long, value_name = "NAME")]
    organization: String,
    /// Their e-mail address.
    #[arg(long)]
    email: String,
    /// owner, admin, recruiter or interviewer.
    #[arg(long, default_value = "owner")]
    role: String,
    /// Their name; without it, what stands before the @ of the address.
    #[arg(long)]
    name: Option<String>,
    /// Read the password from the first line of the standard input.
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// Runs the command.
pub async fn run(config: Config, command: &Command) -> anyhow::Result<()> {
    let Command::Create(create) = command;
    let role: Role = create.role.parse().ok().with_context(|| {
        let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("{} is no role; the roles are {}", create.role, roles.join(", "))
    })?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("the password could not be read from the standard input")?;
    let password = SecretString::from(line.trim_end_matches(['\r', '\n']));
    let name = create.name.clone().unwrap_or_else(|| create.email.split('@').next().unwrap_or_default().to_owned());
    let input = SignUp { organization: create.organization.clone(), name, email: create.email.clone(), password };
    let ctx = start::context(config).await?;
    let added = add_member(&ctx, &input, role).await;
    ctx.store.close().await;
    match added {
        Ok(_) => say!("{} is {role} of {}.", create.email, create.organization),
        Err(fault) if fault.fields.len() > 1 => {
            let details: Vec<String> =
                fault.fields.iter().map(|field| format!("{}: {}", field.pointer.trim_start_matches('/'), field.detail)).collect();
            bail!("{}", details.join(" ").trim_end_matches('.'))
        }
        Err(fault) => return Err(start::sentence(fault)),
    }
    Ok(())
}
