package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to every primary of a cluster that has slots, and one more for what has no key.
 * Lettuce sends a command to where its slot is and follows redirections. Where the slots are is
 * looked up every ten seconds, and again at once, but not more often than connections are retried,
 * when a server is gone, redirects, or says that it does not serve.
 */
final class ClusterClient extends LaneClient {
  private static final Logger log = LoggerFactory.getLogger(ClusterClient.class);

  private static final Duration LOOK_EVERY = Duration.ofSeconds(10);
  private static final int REDIRECTS_MAX = 5;

  private final ClientResources resources;
  private final RedisClusterClient client;
  private final StatefulRedisClusterConnection<String, String> connection;
  private final RedisClusterAsyncCommands<String, String> commands;
  private final RedisNode keyless = new RedisNode("the cluster");
  private final long retryNanos;

  // Confined to the loop.
  private final Map<String, Primary> primaries = new HashMap<>();
  private List<RedisClusterNode> adopted = List.of();
  private final List<RedisNode> retired = new ArrayList<>();
  private String epoch = "";
  private boolean isLookWanted;
  private boolean isLooking;
  private long lookedNanos = System.nanoTime();

  private volatile List<RedisNode> nodes = List.of();
  private volatile boolean isComplete;

  /** A server of the cluster. */
  private static final class Primary {
    final RedisNode node;
    final String host;
    final int port;
    boolean isConnecting;
    long triedNanos;

    Primary(String host, int port, long triedNanos) {
      this.node = new RedisNode(host + ":" + port);
      this.host = host;
      this.port = port;
      this.triedNanos = triedNanos;
    }

    boolean isAt(RedisURI uri) {
      return port == uri.getPort() && host.equals(uri.getHost());
    }
  }

  private ClusterClient(
      ClientResources resources,
      RedisClusterClient client,
      StatefulRedisClusterConnection<String, String> connection,
      LedgerSettings settings) {
    this.resources = resources;
    this.client = client;
    this.connection = connection;
    this.commands = connection.async();
    this.retryNanos = TimeUnit.MILLISECONDS.toNanos(settings.reconnectMillisMax());
    keyless.use(connection, commands);
  }

  /** Waits for a connection to each primary, on which all slots must be. */
  @Blocking
  static ClusterClient open(RedisAddress.Cluster cluster, LedgerSettings settings, EventLoop loop) {
    // Shorter than for a single server: a silent node must not keep us from asking the others.
    long answerMillisMax = Math.min(settings.connectMillisMax(), settings.commandMillisMax());
    List<RedisURI> uris = cluster.uris().stream().map(uri -> uri(uri, answerMillisMax)).toList();
    ClientResources resources = resources(settings, loop);
    RedisClusterClient client = RedisClusterClient.create(resources, uris);
    client.setOptions(options(settings));
    Runnable close = () -> close(client, resources);
    long millisMax = 2L * settings.connectMillisMax();
    var unused = await(client.refreshPartitionsAsync(), millisMax, settings, close);
    ClusterClient opened =
        new ClusterClient(
            resources,
            client,
            await(client.connectAsync(StringCodec.UTF8), millisMax, settings, close),
            settings);
    var connected =
        CompletableFuture.supplyAsync(opened::connectAll, loop)
            .thenCompose(connecting -> CompletableFuture.allOf(connecting));
    var unusedToo = await(connected, millisMax, settings, close);
    if (!opened.isComplete) {
      close.run();
      throw new LedgerUnavailableException("some slots have no server: " + settings);
    }
    return opened;
  }

  private static ClusterClientOptions options(LedgerSettings settings) {
    ClusterClientOptions.Builder options =
        ClusterClientOptions.builder()
            .maxRedirects(REDIRECTS_MAX)
            .topologyRefreshOptions(
                ClusterTopologyRefreshOptions.builder()
                    .enablePeriodicRefresh(LOOK_EVERY)
                    .adaptiveRefreshTriggersTimeout(
                        Duration.ofMillis(settings.reconnectMillisMax()))
                    .refreshTriggersReconnectAttempts(1)
                    .build());
    configure(options, settings);
    return options.build();
  }

  private CompletableFuture<?>[] connectAll() {
    adopt();
    return primaries.values().stream().map(this::connect).toArray(CompletableFuture<?>[]::new);
  }

  @Override
  RedisClusterAsyncCommands<String, String> commands() {
    return commands;
  }

  @Override
  @Nullable RedisNode node(String key) {
    RedisClusterNode owner = client.getPartitions().getMasterBySlot(SlotHash.getSlot(key));
    if (owner == null) {
      isLookWanted = true;
      return null;
    }
    Primary known = primaries.get(owner.getNodeId());
    if (known == null || !known.isAt(owner.getUri())) {
      adopt();
      known = primaries.get(owner.getNodeId());
    }
    return known == null ? null : known.node;
  }

  @Override
  RedisNode keyless() {
    return keyless;
  }

  @Override
  List<RedisNode> nodes() {
    return nodes;
  }

  @Override
  List<RedisNode> watched() {
    List<RedisNode> watched = new ArrayList<>(nodes);
    retired.removeIf(RedisNode::isIdle);
    watched.addAll(retired);
    watched.add(keyless);
    return watched;
  }

  @Override
  boolean isComplete() {
    return isComplete;
  }

  /** Tells whether the node serves, and how many times any node has taken another one's place. */
  @Override
  RedisFuture<String> probe(RedisClusterAsyncCommands<String, String> server) {
    return server.clusterInfo();
  }

  /** A node may answer and yet refuse every key, because it does not see enough of the others. */
  @Override
  boolean isWell(String answer) {
    boolean isWell = answer.contains("cluster_state:ok");
    String now = ServerCheck.field(answer, "cluster_current_epoch").orElse("");
    isLookWanted |= !isWell || !now.equals(epoch);
    epoch = now;
    return isWell;
  }

  @Override
  void keepUp(long nowNanos) {
    adopt();
    boolean isGap = isLookWanted || !isComplete;
    for (Primary primary : primaries.values()) {
      if (!primary.node.isOpen()) {
        isGap = true;
        if (!primary.isConnecting && nowNanos - primary.triedNanos >= retryNanos) {
          primary.triedNanos = nowNanos;
          var unused = connect(primary);
        }
      }
    }
    if (isGap && !isLooking && nowNanos - lookedNanos >= retryNanos) {
      look(nowNanos);
    }
  }

  @Override
  void lookAgain() {
    isLookWanted = true;
  }

  private void look(long nowNanos) {
    lookedNanos = nowNanos;
    isLooking = true;
    isLookWanted = false;
    client
        .refreshPartitionsAsync()
        .whenCompleteAsync(
            (done, failure) -> {
              isLooking = false;
              if (failure != null) {
                log.debug("cannot tell where the slots of the cluster are", failure);
              }
            },
            resources.eventExecutorGroup());
  }

  /** Takes over what Lettuce knows of the primaries, which is made anew whenever it looks. */
  private void adopt() {
    List<RedisClusterNode> now = new ArrayList<>(client.getPartitions());
    if (isAdopted(now)) {
      return;
    }
    adopted = now;
    int slots = 0;
    boolean isChanged = false;
    Map<String, Primary> found = new HashMap<>();
    for (RedisClusterNode node : now) {
      if (node.is(RedisClusterNode.NodeFlag.UPSTREAM) && !node.hasNoSlots()) {
        slots += node.getSlots().size();
        Primary known = primaries.get(node.getNodeId());
        if (known == null || !known.isAt(node.getUri())) {
          isChanged = true;
          known =
              new Primary(
                  node.getUri().getHost(), node.getUri().getPort(), System.nanoTime() - retryNanos);
        }
        found.put(node.getNodeId(), known);
      }
    }
    isComplete = slots >= SlotHash.SLOT_COUNT;
    if (isChanged || found.size() != primaries.size()) {
      replace(found);
    }
  }

  @SuppressWarnings(
      "ReferenceEquality") // Each look makes new nodes; equal ones may have other slots.
  private boolean isAdopted(List<RedisClusterNode> now) {
    if (now.size() != adopted.size()) {
      return false;
    }
    for (int i = 0; i < now.size(); i++) {
      if (now.get(i) != adopted.get(i)) {
        return false;
      }
    }
    return true;
  }

  private void replace(Map<String, Primary> found) {
    for (Map.Entry<String, Primary> known : primaries.entrySet()) {
      if (found.get(known.getKey()) != known.getValue()) {
        retired.add(known.getValue().node);
      }
    }
    boolean isFirst = primaries.isEmpty();
    primaries.clear();
    primaries.putAll(found);
    nodes =
        found.values().stream()
            .map(primary -> primary.node)
            .sorted(Comparator.comparing(RedisNode::name))
            .toList();
    if (!isFirst) {
      log.info("the primaries of the cluster are now {}", nodes);
    }
  }

  /** Asks for the connection that Lettuce uses for the slots of that server. */
  private CompletableFuture<?> connect(Primary primary) {
    primary.isConnecting = true;
    try {
      return connection
          .getConnectionAsync(primary.host, primary.port)
          .whenCompleteAsync(
              (made, failure) -> {
                primary.isConnecting = false;
                if (failure == null) {
                  primary.node.use(made, made.async());
                }
              },
              resources.eventExecutorGroup());
    } catch (RuntimeException noLongerOneOfThem) {
      primary.isConnecting = false;
      return CompletableFuture.failedFuture(noLongerOneOfThem);
    }
  }

  @Override
  @Blocking
  void close() {
    close(client, resources);
  }
}
