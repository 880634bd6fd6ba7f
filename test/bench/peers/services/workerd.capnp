using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "data", disk = (writable = true)),
  ],
  sockets = [(name = "http", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [(name = "workerd.js", esModule = embed "workerd.js")],
  compatibilityDate = "2026-11-01",
  durableObjectNamespaces = [(className = "Peer", uniqueKey = "peer", enableSql = true)],
  durableObjectStorage = (localDisk = "data"),
  bindings = [(name = "peers", durableObjectNamespace = "Peer")],
);
