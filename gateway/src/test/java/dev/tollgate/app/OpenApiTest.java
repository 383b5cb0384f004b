package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.openapi.ApiDescription;
import dev.tollgate.openapi.ApiDescription.Port;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both ports are as docs/openapi.yaml says, and the other way round. */
@ExtendWith(LeakWatch.class)
class OpenApiTest {
  private static final ApiDescription DESCRIPTION = ApiDescription.get();

  /** Answers that are described and that no test can have: which, and why. */
  private static final List<Unseen> UNSEEN =
      List.of(
          new Unseen(".* 500", "only a bug of ours is answered so"),
          new Unseen("GET /admin/v1/audit 409", "two audits at once: ledger.AuditTest"),
          new Unseen(
              "(GET|POST) /admin/v1/.*invoices.* 503",
              "while the archive is away: InvoiceAwayTest"),
          new Unseen("POST .*/payments 202", "while Redis is away: InvoiceAwayTest"),
          new Unseen(
              "(GET|POST) /v1/(files|batches|fine_tuning/jobs) 404",
              "where no provider keeps anything"));

  private record Unseen(String answers, String why) {
    boolean isOf(String answer) {
      return answer.matches(answers);
    }
  }

  /** The last reads a provider's answers by the gigabyte, and looks at every byte itself. */
  private static final Set<String> READING_BY_THEMSELVES =
      Set.of("AskedGateway.java", "OpenApiTest.java", "ManyReaders.java");

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(65);
    gateway = GatewayForTests.start(provider);
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static RawClient connect(Port port) throws IOException {
    return port == Port.OPS ? gateway.connectOps() : gateway.connect();
  }

  @ParameterizedTest
  @EnumSource
  void everyPath_isDescribed_andNoOther(Port port) {
    assertThat(DESCRIPTION.operations(port).keySet())
        .containsExactlyInAnyOrderElementsOf(
            port == Port.OPS ? gateway.opsPaths() : gateway.publicPaths());
  }

  @ParameterizedTest
  @EnumSource
  void everyMethod_isDescribed_andNoOther(Port port) throws Exception {
    for (var path : DESCRIPTION.operations(port).entrySet()) {
      RawAnswer answer;
      try (RawClient client = connect(port)) {
        answer = client.request("OPTIONS", path.getKey().replaceAll("\\{\\w+}", "x")).readAnswer();
      }
      Set<String> allowed =
          new TreeSet<>(
              Set.of(Objects.requireNonNull(answer.head().field("allow")).split(", ?", -1)));
      allowed.removeAll(Set.of("HEAD", "OPTIONS"));
      assertThat(allowed).as(path.getKey()).isEqualTo(path.getValue());
    }
  }

  @Test
  void theDescription_isServedToAnybody() throws Exception {
    try (RawClient client = gateway.connect()) {
      RawAnswer answer = client.request("GET", "/openapi.yaml").readAnswer();

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.head().field("content-type")).isEqualTo("application/yaml");
      assertThat(answer.text()).isEqualTo(Files.readString(Path.of("../docs/openapi.yaml")));
    }
  }

  @Test
  void everyAnswer_isSeen_orOutOfReach() throws Exception {
    Set<String> missing = new TreeSet<>(DESCRIPTION.answers());
    missing.removeAll(AnswerTour.take());

    assertThat(missing).allMatch(answer -> UNSEEN.stream().anyMatch(one -> one.isOf(answer)));
  }

  /** What the SDKs are answered is the providers' own, and theirs to judge. */
  @Test
  void everyOtherTest_readsAnswersWhereTheyAreHeldAgainstTheDescription() throws Exception {
    try (Stream<Path> files = Files.list(Path.of("src/test/java/dev/tollgate/app"))) {
      assertThat(
              files.filter(file -> !READING_BY_THEMSELVES.contains(file.getFileName().toString())))
          .allSatisfy(
              file ->
                  assertThat(Files.readString(file))
                      .doesNotContain("RawClient.connect", "HttpClient.new", "new Socket("));
    }
  }
}
