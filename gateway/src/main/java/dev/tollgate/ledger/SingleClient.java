package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One connection to one primary: at an address, or the one that the sentinels name whenever the
 * connection is made again.
 */
final class SingleClient extends LaneClient {
  private final ClientResources resources;
  private final RedisClient client;
  private final RedisClusterAsyncCommands<String, String> commands;
  private final RedisNode node;
  private final List<RedisNode> nodes;

  private SingleClient(
      ClientResources resources,
      RedisClient client,
      StatefulRedisConnection<String, String> connection,
      String name) {
    this.resources = resources;
    this.client = client;
    this.commands = connection.async();
    this.node = new RedisNode(name);
    this.nodes = List.of(node);
    node.use(connection, commands);
  }

  @Blocking
  static SingleClient open(RedisAddress.Server server, LedgerSettings settings, EventLoop loop) {
    RedisURI uri = uri(server.uri(), settings.connectMillisMax());
    ClientOptions.Builder options = ClientOptions.builder();
    configure(options, settings);
    ClientResources resources = resources(settings, loop);
    RedisClient client = RedisClient.create(resources);
    client.setOptions(options.build());
    // On the loop: Lettuce asks the channel what came of the handshake after it has begun to
    // connect, and says nothing useful of one that has failed and is closed by then, as with a
    // wrong password.
    Supplier<CompletionStage<StatefulRedisConnection<String, String>>> connecting =
        () -> client.connectAsync(StringCodec.UTF8, uri);
    StatefulRedisConnection<String, String> connection =
        await(
            CompletableFuture.supplyAsync(connecting, loop).thenCompose(Function.identity()),
            2L * settings.connectMillisMax(),
            settings,
            () -> close(client, resources));
    return new SingleClient(resources, client, connection, server.toString());
  }

  @Override
  RedisClusterAsyncCommands<String, String> commands() {
    return commands;
  }

  @Override
  RedisNode node(String key) {
    return node;
  }

  @Override
  RedisNode keyless() {
    return node;
  }

  @Override
  List<RedisNode> nodes() {
    return nodes;
  }

  @Override
  List<RedisNode> watched() {
    return nodes;
  }

  @Override
  boolean isComplete() {
    return true;
  }

  @Override
  RedisFuture<String> probe(RedisClusterAsyncCommands<String, String> server) {
    return server.ping();
  }

  @Override
  boolean isWell(String answer) {
    return true;
  }

  /** Lettuce does that itself. */
  @Override
  void keepUp(long nowNanos) {}

  /** It is asked for at every reconnect. */
  @Override
  void lookAgain() {}

  @Override
  @Blocking
  void close() {
    close(client, resources);
  }
}
