//! One cluster with its clients, and the steps that it goes through.

use std::io;
use std::time::Duration;

use crate::fleet::{Converged, Fleet};
use crate::folder::Folder;
use crate::nginx::Nginx;
use crate::options::{Options, Server, Sticky};
use crate::redis::Redis;
use crate::report::Row;
use crate::servers::{Nodes, Place};
use crate::state::Scope;

/// How long Redis is away.
const REDIS_AWAY: Duration = Duration::from_secs(3);

pub(crate) struct Run<'a> {
    server: Server,
    sticky: Sticky,
    options: &'a Options,
    redis: Redis,
    nodes: Nodes,
    _nginx: Nginx,
    fleet: Fleet,
    /// Removed last, after the programs that write to it.
    folder: Folder,
}

impl<'a> Run<'a> {
    /// Starts the programs and the clients.
    pub(crate) async fn start(
        server: Server,
        sticky: Sticky,
        options: &'a Options,
    ) -> io::Result<Run<'a>> {
        let name = format!("{server:?}-{}", sticky.name()).to_lowercase();
        let folder = Folder::new(&name, options.keep)?;
        let redis = Redis::start(folder.path()).await?;
        let place = Place {
            programs: options.programs.clone(),
            heartbeat: options.heartbeat,
            redis_port: redis.port(),
            folder: folder.path().to_owned(),
        };
        let nodes = Nodes::start(server, place).await?;
        let nginx = Nginx::start(folder.path(), server, sticky, nodes.ports()).await?;
        let fleet = Fleet::start(&nginx.url(), server, sticky, options).await?;
        Ok(Run {
            server,
            sticky,
            options,
            redis,
            nodes,
            _nginx: nginx,
            fleet,
            folder,
        })
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Goes through all steps once. `show` gets each row when its step is over.
    pub(crate) async fn go(&mut self, mut show: impl FnMut(Row)) -> io::Result<()> {
        show(self.connect().await);
        for node in 0..self.nodes.count() {
            show(self.restart(node).await?);
        }
        show(self.redis_away().await?);
        show(self.redis_back().await?);
        show(self.kill().await?);
        show(self.revive().await?);
        Ok(())
    }

    async fn connect(&mut self) -> Row {
        let mut row = self.row("connect");
        self.fleet.talk(Scope::Room);
        self.finish(&mut row).await;
        row
    }

    async fn restart(&mut self, node: usize) -> io::Result<Row> {
        let mut row = self.row(&format!("restart node {}", node + 1));
        self.talk(Scope::Room).await;
        self.nodes.restart(node).await?;
        self.finish(&mut row).await;
        Ok(row)
    }

    /// Without Redis, a message must reach its sender. The clients of other nodes may miss it.
    async fn redis_away(&mut self) -> io::Result<Row> {
        let mut row = self.row("Redis restarts");
        self.talk(Scope::Sender).await;
        self.redis.stop().await?;
        tokio::time::sleep(REDIS_AWAY).await;
        self.redis.start_again().await?;
        self.finish(&mut row).await;
        Ok(row)
    }

    async fn redis_back(&mut self) -> io::Result<Row> {
        let mut row = self.row("Redis is back");
        self.talk(Scope::Room).await;
        self.finish(&mut row).await;
        Ok(row)
    }

    async fn kill(&mut self) -> io::Result<Row> {
        let mut row = self.row("kill node 1");
        self.talk(Scope::Room).await;
        self.nodes.kill(0).await?;
        self.finish(&mut row).await;
        Ok(row)
    }

    async fn revive(&mut self) -> io::Result<Row> {
        let mut row = self.row("node 1 returns");
        self.talk(Scope::Room).await;
        self.nodes.revive(0).await?;
        self.finish(&mut row).await;
        Ok(row)
    }

    /// Lets the clients talk, now and while a part of the cluster ends.
    async fn talk(&self, scope: Scope) {
        self.fleet.talk(scope);
        self.calm().await;
    }

    async fn calm(&self) {
        tokio::time::sleep(Duration::from_millis(self.options.calm)).await;
    }

    fn row(&self, step: &str) -> Row {
        Row::new(
            self.server,
            self.sticky,
            step,
            usize::from(self.options.clients),
        )
    }

    /// Waits until everything works again, and checks that it does.
    async fn finish(&self, row: &mut Row) {
        if let Err(violation) = self.check(row).await {
            row.violations.push(violation);
        }
        let (disturbed, absences) = self.fleet.state().lock().attendance.take_absences();
        row.set_absences(disturbed, absences);
    }

    async fn check(&self, row: &mut Row) -> Result<(), String> {
        self.fleet.all_here().await?;
        self.calm().await;
        let verdict = self.fleet.fall_silent().await?;
        (row.sent, row.acked, row.due) = (verdict.sent, verdict.acked, verdict.due);
        (row.lost, row.twice) = (verdict.lost.len(), verdict.twice);
        if let Some((from, to)) = verdict.lost.first() {
            row.violations.push(format!(
                "{} deliveries of acked messages are lost; one is from client {from} to client {to}",
                row.lost
            ));
        }
        if row.twice > 0 {
            row.violations
                .push(format!("{} messages arrived twice", row.twice));
        }
        match self.fleet.presence(self.server).await? {
            Converged::After(time) => row.presence = time.as_secs_f64(),
            Converged::WithTheNextJoin(time) => {
                row.presence = time.as_secs_f64();
                row.presence_by_join = true;
            }
        }
        Ok(())
    }

    /// Ends the clients, then the programs.
    pub(crate) async fn close(self) {
        self.fleet.close().await;
    }
}
