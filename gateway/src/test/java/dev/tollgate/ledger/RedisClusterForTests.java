package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.cluster.SlotHash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A cluster of three primaries, each perhaps with a replica, on free ports of this machine. The
 * nodes can be killed, frozen and started again.
 */
public final class RedisClusterForTests implements AutoCloseable {
  private static final int PRIMARIES = 3;
  private static final int SLOTS = 16_384;

  private final Path directory;
  private final List<TcpRedis> nodes = new ArrayList<>();

  private RedisClusterForTests(Path directory) {
    this.directory = directory;
  }

  /** Three primaries, which are patient with each other. */
  public static RedisClusterForTests start(String... options) throws IOException {
    return start(PRIMARIES, 15_000, options);
  }

  /** Three primaries, each with a replica that takes over after about two seconds of silence. */
  public static RedisClusterForTests startWithReplicas() throws IOException {
    return start(2 * PRIMARIES, 2_000);
  }

  private static RedisClusterForTests start(int nodes, int nodeTimeoutMillis, String... options)
      throws IOException {
    RedisClusterForTests cluster =
        new RedisClusterForTests(Files.createTempDirectory("tg-cluster"));
    try {
      for (int i = 0; i < nodes; i++) {
        Path data = cluster.directory.resolve("node" + i);
        List<String> all = new ArrayList<>(List.of("--cluster-enabled", "yes"));
        all.addAll(List.of("--cluster-node-timeout", Integer.toString(nodeTimeoutMillis)));
        all.addAll(List.of("--cluster-replica-validity-factor", "0"));
        all.addAll(Arrays.asList(options));
        cluster.nodes.add(TcpRedis.start(data, all.toArray(String[]::new)));
      }
      cluster.join();
      return cluster;
    } catch (IOException | RuntimeException | AssertionError failure) {
      cluster.close();
      throw failure;
    }
  }

  private void join() throws IOException {
    for (int i = 0; i < PRIMARIES; i++) {
      String slots =
          IntStream.range(SLOTS * i / PRIMARIES, SLOTS * (i + 1) / PRIMARIES)
              .mapToObj(Integer::toString)
              .collect(Collectors.joining(" "));
      nodes.get(i).ask("CLUSTER ADDSLOTS " + slots);
      nodes.get(i).ask("CLUSTER SET-CONFIG-EPOCH " + (i + 1));
    }
    for (TcpRedis node : nodes.subList(1, nodes.size())) {
      node.ask("CLUSTER MEET 127.0.0.1 " + nodes.getFirst().port());
    }
    awaitAll("all know each other", "CLUSTER INFO", "cluster_known_nodes:" + nodes.size());
    for (int i = PRIMARIES; i < nodes.size(); i++) {
      nodes.get(i).ask("CLUSTER REPLICATE " + nodes.get(i - PRIMARIES).ask("CLUSTER MYID"));
    }
    awaitOk();
  }

  private void awaitAll(String what, String command, String words) {
    Eventually.until(what, () -> nodes.stream().allMatch(node -> node.said(command, words)));
  }

  /** Waits until the cluster is whole again: every slot served, every replica in step. */
  public void awaitOk() {
    // A cluster that need not be whole calls itself up before all nodes know of all slots.
    awaitAll("all slots are known", "CLUSTER INFO", "cluster_slots_ok:16384");
    awaitAll("the cluster is up", "CLUSTER INFO", "cluster_state:ok");
    Eventually.until(
        "the replicas are in step",
        () ->
            nodes.stream()
                .allMatch(
                    node ->
                        node.said("INFO replication", "role:master")
                            || node.said("INFO replication", "master_link_status:up")));
  }

  /** As {@code redis} in a configuration has it. */
  public String yaml() {
    return RedisForTests.yaml(address());
  }

  RedisAddress.Cluster address() {
    return new RedisAddress.Cluster(
        nodes.stream().limit(PRIMARIES).map(node -> "redis://" + node.address()).toList());
  }

  /** One of the nodes, primaries first as they were in the beginning. */
  TcpRedis node(int number) {
    return nodes.get(number);
  }

  /** The number of the node that is the primary of the slot of this key now. */
  public int primaryOf(String key) {
    int slot = SlotHash.getSlot(key);
    return IntStream.range(0, nodes.size())
        .filter(i -> nodes.get(i).said("INFO replication", "role:master"))
        .filter(i -> slots(nodes.get(i)).anyMatch(range -> range[0] <= slot && slot <= range[1]))
        .findFirst()
        .orElseThrow();
  }

  /** What it says it has itself. */
  private static Stream<int[]> slots(TcpRedis node) {
    try {
      return node.ask("CLUSTER NODES")
          .lines()
          .filter(line -> line.contains("myself"))
          .flatMap(line -> Arrays.stream(line.split(" ")).skip(8))
          .map(range -> Arrays.stream(range.split("-")).mapToInt(Integer::parseInt).toArray())
          .map(range -> range.length == 1 ? new int[] {range[0], range[0]} : range);
    } catch (IOException away) {
      return Stream.empty();
    }
  }

  /**
   * Lets a replica take over in good order. Its OK says only that it will try: a primary that has
   * not heard yet whose replica it is ignores it, and either gives up after 5 s.
   */
  void promote(int number) {
    TcpRedis replica = nodes.get(number);
    long[] askAgainNanos = {System.nanoTime()};
    Eventually.until(
        "the replica takes over",
        () -> {
          if (replica.said("INFO replication", "role:master")) {
            return true;
          }
          if (System.nanoTime() - askAgainNanos[0] >= 0) {
            askAgainNanos[0] = System.nanoTime() + TimeUnit.SECONDS.toNanos(6);
            assertThat(replica.said("CLUSTER FAILOVER", "OK")).isTrue();
          }
          return false;
        });
  }

  public void kill(int number) {
    nodes.get(number).kill();
  }

  public void restart(int number) throws IOException {
    nodes.get(number).restart();
  }

  @Override
  public void close() {
    nodes.forEach(TcpRedis::kill);
    try {
      Trees.delete(directory);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
