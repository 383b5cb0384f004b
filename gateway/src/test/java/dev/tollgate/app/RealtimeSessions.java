package dev.tollgate.app;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.RealtimeAnswers;
import dev.tollgate.testing.LeakWatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the tests of Realtime sessions begin with: one gateway for those of a class, and for each a
 * key of its own with 10 dollars, and answers that are counted.
 */
@ExtendWith(LeakWatch.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before the first test, or each
abstract class RealtimeSessions {
  private final long seed;
  RealtimeGateway realtime;
  GatewayForTests gateway;
  FakeProvider provider;
  RealtimeAnswers answers;
  String key;

  RealtimeSessions(long seed) {
    this.seed = seed;
  }

  @BeforeAll
  final void startGateway() throws Exception {
    realtime = RealtimeGateway.start(seed);
    gateway = realtime.gateway();
    provider = realtime.provider();
  }

  @BeforeEach
  final void beginTest() throws Exception {
    answers = new RealtimeAnswers(seed);
    key = gateway.createKey("10");
  }

  @AfterEach
  final void endTest() throws Exception {
    realtime.endTest();
  }

  @AfterAll
  final void stopGateway() throws Exception {
    realtime.close();
  }

  final RealtimeClient open() throws Exception {
    return RealtimeClient.open(gateway, key, RealtimeGateway.MODEL);
  }
}
