//! The running broker: kernel, drivers and gateways put together, without a process around them.

mod limits;

pub(crate) use limits::{kernel as kernel_limits, rates};

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, anyhow, bail};
use parking_lot::Mutex;
use tidegate_broker::{Alone, Broker, Journal, Switchboard};
use tidegate_config::Loaded;
use tidegate_gateway::Gateway;
use tidegate_runtime::{BindError, Bound, Closed, Drained, Exchange, ListenerReport, Runtime};

use crate::access::{Guards, Listeners};
use crate::ban_book::BanBook;
use crate::gateways::{GatewaySpec, Workshop};
use crate::host::{BrokerHost, Desk};
use crate::tls::Tls;

/// A running broker. Dropped, it closes every connection at once; [`Server::drain`] first says goodbye.
pub struct Server {
    specs: &'static [GatewaySpec],
    shop: Workshop,
    desk: Desk,
    tls: Arc<Tls>,
    bans: Kept,
    runtime: Runtime,
    draining: AtomicBool,
    pub(crate) state: Mutex<State>,
}

pub(crate) struct State {
    /// What the broker was started with.
    pub(crate) started: Arc<Loaded>,
    /// What holds now, but for the gateways' own sections.
    pub(crate) config: Arc<Loaded>,
    pub(crate) gateways: BTreeMap<&'static str, Place>,
    pub(crate) guards: Guards,
}

/// A gateway, what it was built from, and whether it is to run.
pub(crate) struct Place {
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) config: Arc<Loaded>,
    pub(crate) running: bool,
}

/// A gateway, for operators.
#[derive(Clone, Debug)]
pub struct GatewayReport {
    /// Its name.
    pub name: &'static str,
    /// Whether it runs; an operator may have stopped it.
    pub running: bool,
    /// Its open listeners.
    pub listeners: Vec<ListenerReport>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("runtime", &self.runtime).finish_non_exhaustive()
    }
}

impl Server {
    /// Starts a broker with the gateways of `specs`, all of them serving when this returns.
    ///
    /// # Errors
    /// When an extension cannot be opened, an address cannot be bound, or the system gives no more threads.
    pub fn start(
        specs: &'static [GatewaySpec],
        config: Loaded,
        data: Option<&Path>,
    ) -> anyhow::Result<Arc<Self>> {
        let config = Arc::new(config);
        let runtime_config = limits::runtime(&config)?;
        let exchange = Arc::new(Exchange::new(&runtime_config));
        let switchboard: Arc<dyn Switchboard> = exchange.clone();
        let (broker, bans) = broker(&config, &switchboard, data)?;
        broker.set_rates(rates(&config)?);
        let shop = Workshop { broker: Arc::clone(&broker) };
        let gateways = build_all(specs, &config, &shop)?;
        let guards = Guards::open(
            &config,
            &listeners(gateways.iter().map(|(name, gateway)| (*name, gateway))),
            broker.limits(),
            None,
        )?;
        let tls = Arc::new(Tls::new(&config));
        let host = Arc::new(BrokerHost { broker: Arc::clone(&broker), tls: Arc::clone(&tls) });
        let runtime = Runtime::start(runtime_config, exchange, host)
            .context("the system gives no more threads or descriptors")?;
        let place = |gateway| Place { gateway, config: Arc::clone(&config), running: true };
        let gateways = gateways.into_iter().map(|(name, gateway)| (name, place(gateway))).collect();
        let state = State { started: Arc::clone(&config), config: Arc::clone(&config), gateways, guards };
        let desk = Desk { broker, switchboard };
        let draining = AtomicBool::new(false);
        let server = Self { specs, shop, desk, tls, bans, runtime, draining, state: Mutex::new(state) };
        server.open_all()?;
        Ok(Arc::new(server))
    }

    fn open_all(&self) -> anyhow::Result<()> {
        let state = self.state.lock();
        state.guards.apply(&self.desk);
        let mut errors = Vec::new();
        for place in state.gateways.values() {
            errors.extend(self.runtime.apply(&place.gateway).err().into_iter().flatten());
        }
        if errors.is_empty() { Ok(()) } else { Err(anyhow!(lines(&errors))) }
    }

    /// What the gateways listen on.
    pub(crate) fn listeners_of<'a>(
        &self,
        gateways: impl Iterator<Item = (&'static str, &'a Arc<dyn Gateway>)>,
    ) -> Listeners {
        listeners(gateways)
    }

    /// Logins refused since the start, at once or later.
    pub(crate) fn refused_logins(&self) -> u64 {
        self.desk.broker.counters().refused_logins
    }

    /// Opens the listeners of a gateway that was stopped; answers them. One that runs stays as it is.
    ///
    /// # Errors
    /// When there is no such gateway, or an address cannot be bound.
    pub fn start_gateway(&self, name: &str) -> anyhow::Result<Vec<Bound>> {
        self.refuse_if_draining()?;
        let mut state = self.state.lock();
        let place = state.gateways.get_mut(name).with_context(|| no_gateway(name))?;
        let bound = self.tls.try_for(name, || self.runtime.apply(&place.gateway));
        let bound = bound.map_err(|errors| anyhow!(lines(&errors)))?;
        place.running = true;
        tracing::info!(gateway = name, "gateway started");
        Ok(bound)
    }

    /// Closes the listeners of a gateway and says goodbye to its peers. Nothing else is touched; its sessions stay.
    ///
    /// # Errors
    /// When there is no such gateway.
    pub fn stop_gateway(&self, name: &str) -> anyhow::Result<()> {
        let mut state = self.state.lock();
        let place = state.gateways.get_mut(name).with_context(|| no_gateway(name))?;
        place.running = false;
        self.runtime.remove(name);
        tracing::info!(gateway = name, "gateway stopped");
        Ok(())
    }

    pub(crate) fn refuse_if_draining(&self) -> anyhow::Result<()> {
        if self.is_draining() { bail!("the broker is going down") } else { Ok(()) }
    }

    /// Every gateway of the binary and its listeners.
    #[must_use]
    pub fn gateways(&self) -> Vec<GatewayReport> {
        let listeners = self.runtime.listeners();
        let of = |name: &str| {
            let own = |report: &&ListenerReport| report.bound.iter().any(|bound| bound.gateway == name);
            listeners.iter().filter(own).cloned().collect()
        };
        let state = self.state.lock();
        let report = |(name, place): (&&'static str, &Place)| GatewayReport {
            name,
            running: place.running,
            listeners: of(name),
        };
        state.gateways.iter().map(report).collect()
    }

    /// Every socket that listens.
    #[must_use]
    pub fn bound(&self) -> Vec<Bound> {
        self.runtime.listeners().into_iter().flat_map(|report| report.bound).collect()
    }

    /// Connections open now.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.runtime.connections()
    }

    /// Stops accepting, tells every peer, and waits for them at most this long.
    pub fn drain(&self, time: Duration) -> Drained {
        self.draining.store(true, Ordering::Release);
        self.desk.broker.drain();
        self.runtime.drain(time)
    }

    /// Whether the broker is going down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    pub(crate) fn specs(&self) -> &'static [GatewaySpec] {
        self.specs
    }

    pub(crate) fn shop(&self) -> &Workshop {
        &self.shop
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    pub(crate) fn tls(&self) -> &Tls {
        &self.tls
    }

    /// Listeners that are to be open and lack something.
    #[must_use]
    pub fn closed(&self) -> Vec<Closed> {
        self.runtime.closed()
    }

    /// Where bans are kept; nowhere without a data directory.
    pub(crate) fn bans(&self) -> Option<&BanBook> {
        self.bans.as_deref()
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}

pub(crate) type Built = Vec<(&'static str, Arc<dyn Gateway>)>;

pub(crate) fn build_all(specs: &[GatewaySpec], config: &Loaded, shop: &Workshop) -> anyhow::Result<Built> {
    let build = |spec: &GatewaySpec| {
        let gateway = (spec.build)(config, shop).with_context(|| format!("the gateway {}", spec.name))?;
        Ok((spec.name, gateway))
    };
    specs.iter().map(build).collect()
}

/// Where bans are kept, if anywhere.
type Kept = Option<Arc<BanBook>>;

/// The kernel, with the bans that were kept.
fn broker(
    config: &Loaded,
    switchboard: &Arc<dyn Switchboard>,
    data: Option<&Path>,
) -> anyhow::Result<(Arc<Broker<Alone>>, Kept)> {
    let limits = limits::kernel(config)?;
    let Some(data) = data else { return Ok((Arc::new(Broker::new(limits, Arc::clone(switchboard))), None)) };
    let now = SystemTime::now();
    let (book, bans) = BanBook::open(data, now)?;
    let book = Arc::new(book);
    let journal: Arc<dyn Journal> = Arc::clone(&book) as Arc<dyn Journal>;
    let broker = Arc::new(Broker::with(limits, Arc::clone(switchboard), Alone, journal));
    for ban in bans {
        broker.restore_ban(ban, now).context("a ban that was kept")?;
    }
    Ok((broker, Some(book)))
}

pub(crate) fn listeners<'a>(
    gateways: impl Iterator<Item = (&'static str, &'a Arc<dyn Gateway>)>,
) -> Listeners {
    let of_one = |(name, gateway): (&'static str, &Arc<dyn Gateway>)| {
        gateway.listeners().into_iter().map(move |listener| (listener.whole_name(name), listener))
    };
    gateways.flat_map(of_one).collect()
}

pub(crate) fn lines(errors: &[BindError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn no_gateway(name: &str) -> String {
    format!("no gateway is called {name:?}")
}
