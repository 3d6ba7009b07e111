//! `tidegate cert`

use std::path::PathBuf;

use tidegate_tls::development::{self, Development, Set};

const EXAMPLES: &str = "\
Examples:
  tidegate cert dev                            a set in ./certs for this machine
  tidegate cert dev --host plant.example.org --client pump-7
  tidegate cert dev --another-client pump-8    a further client of the same authority
  tidegate cert dev --revoke certs/pump-8.crt  no longer let in, once the broker reloads (SIGHUP)

Such a set is for trying things out: its authority's key lies beside it.";

/// Makes certificates.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CertArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum What {
    /// A development authority with a server's and a client's certificate
    Dev(DevArgs),
}

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
struct DevArgs {
    /// Where the files go
    #[arg(long, value_name = "DIR", default_value = "certs")]
    dir: PathBuf,

    /// A name or address of the server besides localhost, as often as you like
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,

    /// The common name of the client
    #[arg(long, value_name = "NAME", default_value = "client")]
    client: String,

    /// How long the certificates are valid
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    days: u16,

    /// Replace files that are there already
    #[arg(long)]
    overwrite: bool,

    /// Make a further client's certificate with the authority that is there; the files are called so too
    #[arg(long, value_name = "NAME", conflicts_with_all = ["hosts", "revoke"])]
    another_client: Option<String>,

    /// Put a certificate on the authority's list of revoked ones
    #[arg(long, value_name = "FILE", conflicts_with = "hosts")]
    revoke: Option<PathBuf>,
}

/// Does it; answers what was done.
pub(super) fn cert(args: &CertArgs) -> anyhow::Result<String> {
    let What::Dev(args) = &args.what;
    if let Some(certificate) = &args.revoke {
        development::revoke(&args.dir, certificate)?;
        let list = Set::within(&args.dir).crl;
        return Ok(format!("{} is revoked by {}", certificate.display(), list.display()));
    }
    let what = Development {
        hosts: args.hosts.clone(),
        client: args.client.clone(),
        days: args.days,
        overwrite: args.overwrite,
    };
    if let Some(name) = &args.another_client {
        let what = Development { client: name.clone(), ..what };
        let (certificate, key) = development::client_files(&args.dir, name)?;
        development::make_client(&args.dir, &what, &certificate, &key)?;
        return Ok(format!("{} and {} were made", certificate.display(), key.display()));
    }
    let set = development::make(&args.dir, &what)?;
    let (server, key, ca) = (set.server.display(), set.server_key.display(), set.ca.display());
    Ok(format!(
        "A development set is in {}.\n\n\
         Serve it:\n  tidegate --set tls.certificate={server} --set tls.key={key}\n\
         With client certificates:\n  … --set tls.client_ca={ca} --set tls.client_certificate=required --set tls.crl='[\"{}\"]'\n\
         Try it:\n  tidegate sub -h localhost --cafile {ca} --cert {} --key {} -t 'hello/#'",
        args.dir.display(),
        set.crl.display(),
        set.client.display(),
        set.client_key.display(),
    ))
}
