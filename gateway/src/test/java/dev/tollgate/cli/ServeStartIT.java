package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What `serve` says when it starts, and when it cannot. */
class ServeStartIT {
  @TempDir private Path directory;

  private FakeProvider provider;
  private GatewayFolder folder;

  @BeforeEach
  void open() throws IOException {
    provider = FakeProvider.start(22);
    folder = GatewayFolder.of(directory, provider);
  }

  @AfterEach
  void close() throws Exception {
    folder.close();
    provider.close();
  }

  @Test
  void freePorts_arePrinted() throws Exception {
    ServingGateway gateway = folder.serve();

    assertThat(gateway.publicPort()).isPositive().isNotEqualTo(gateway.opsPort());
    assertThat(gateway.isReady()).isTrue();
  }

  @Test
  void faultyFile_isRefusedWithThePlaceAndWhatWasExpected() throws Exception {
    folder.replace("host: 127.0.0.1, port: 0 }", "host: 127.0.0.1, port: eighty }");

    String said = assertRefused(folder.start());

    assertThat(said)
        .contains(folder.gatewayFile() + ":1:34: ")
        .contains("listen.port: expected a whole number, got \"eighty\"")
        .contains("1 fault");
  }

  @Test
  void missingVariable_isRefusedWithItsName() throws Exception {
    String said = assertRefused(folder.start(Map.of()));

    assertThat(said)
        .contains(folder.gatewayFile() + ":2:")
        .contains("ops.admin_token")
        .contains("TOLLGATE_ADMIN_TOKEN");
  }

  @Test
  void missingFile_isRefusedWithItsName() throws Exception {
    String said =
        assertRefused(folder.run(Map.of(), "serve", "--config", folder.data() + "/none.yaml"));

    assertThat(said).contains("none.yaml").contains("no such file");
  }

  @Test
  void portThatIsTaken_isRefusedWithItsNumber() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1, port: " + taken.getLocalPort() + " }";
      folder.replace("listen: { host: 127.0.0.1, port: 0 }", "listen: { host: " + address);

      String said = assertRefused(folder.start());

      assertThat(said).contains("cannot listen on 127.0.0.1:" + taken.getLocalPort());
    }
    folder.awaitNoRedis();
  }

  @Test
  void redisThatCannotBeReached_isRefusedWithItsAddress() throws Exception {
    folder.replace("redis: embedded", "redis: \"redis://:secret@127.0.0.1:1\"");

    String said = assertRefused(folder.start());

    assertThat(said).contains("cannot connect").contains("127.0.0.1:1").doesNotContain("secret");
  }

  @Test
  void secondGatewayOnTheSameData_isRefusedAndHarmsNothing() throws Exception {
    ServingGateway first = folder.serve();

    String said = assertRefused(folder.start());

    assertThat(said).contains("another gateway uses " + folder.data());
    assertThat(first.isReady()).isTrue();
  }

  /** It ends with 1 and sentences; gives these. */
  private static String assertRefused(TollgateProcess process) throws InterruptedException {
    assertThat(process.awaitExit()).as(process.said()).isEqualTo(1);
    assertThat(process.err())
        .isNotBlank()
        .doesNotContain("\tat ")
        .doesNotContain("Exception")
        .doesNotContain("ready public=");
    return process.err();
  }
}
