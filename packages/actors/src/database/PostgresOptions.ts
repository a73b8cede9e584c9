/** The settings of the embedded server, those for durability first. */

export type PostgresOptions = Readonly<Record<string, string>>

/**
 * Given on the command line, so that no configuration file can override durability.
 * Recovery after a kill has at most `max_wal_size` to read, which takes seconds.
 */
export const options = (place: {
  readonly port: number
  readonly logs: string
}): PostgresOptions => ({
  fsync: "on",
  full_page_writes: "on",
  synchronous_commit: "on",

  // Only this machine, only with the password.
  port: String(place.port),
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "60",

  cluster_name: "souk",
  timezone: "UTC",
  shared_buffers: "256MB",
  wal_compression: "on",
  max_wal_size: "2GB",
  checkpoint_timeout: "5min",
  jit: "off",

  // The locks of a shop that was killed or cut off are freed soon.
  tcp_keepalives_idle: "10",
  tcp_keepalives_interval: "5",
  tcp_keepalives_count: "3",
  client_connection_check_interval: "2s",
  idle_in_transaction_session_timeout: "60s",

  // The time is in the name, so a new file begins at each limit and the oldest can be removed.
  logging_collector: "on",
  log_directory: place.logs,
  log_filename: "postgres-%Y-%m-%d-%H%M%S.log",
  log_rotation_size: "10MB",
  log_rotation_age: "1d",
  log_timezone: "UTC"
})
