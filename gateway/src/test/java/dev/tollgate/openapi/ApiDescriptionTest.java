package dev.tollgate.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.openapi.ApiDescription.Port;
import dev.tollgate.testing.MessageHead;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an answer must not be, so that the tests that hold answers against the description bite. */
class ApiDescriptionTest {
  private static final String ID = "x-request-id: req_0123456789abcdefghjkmnpq\r\n";
  private static final String JSON = "content-type: application/json\r\n" + ID;
  private static final String BALANCE =
      """
      {"data":{"balance_cents":100,"reserved_cents":0,"available_cents":100,"lifetime_topup_cents":0}}\
      """;
  private static final String REFUSED =
      """
      {"error":{"message":"No.","type":"invalid_request_error","param":null,"code":"invalid_request"}}\
      """;

  private static List<String> faults(
      String method, String target, int status, String fields, String body) {
    String head = "HTTP/1.1 " + status + " x\r\n" + fields + "\r\n";
    return ApiDescription.get()
        .faults(
            Port.PUBLIC,
            new ReceivedAnswer(
                method, target, MessageHead.parse(head.getBytes(UTF_8)), body.getBytes(UTF_8)));
  }

  private static List<String> faultsOfBalance(String fields, String body) {
    return faults("GET", "/v1/billing/balance", 200, fields, body);
  }

  @Test
  void anAnswer_asDescribed_hasNoFault() {
    assertThat(faultsOfBalance(JSON, BALANCE)).isEmpty();
    assertThat(faults("GET", "/api/v1/billing/balance?a=b", 200, JSON, BALANCE)).isEmpty();
    assertThat(faults("HEAD", "/v1/billing/balance", 200, JSON, "")).isEmpty();
    assertThat(faults("POST", "/v1/chat/completions", 400, JSON, REFUSED)).isEmpty();
    assertThat(faults("OPTIONS", "/v1/keys", 204, ID + "allow: GET, POST\r\n", "")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"balance_cents\":100,     |                                | lacks",
        "\"balance_cents\":100      | \"balance_cents\":1.5          | integer",
        "\"balance_cents\":100      | \"balance_cents\":\"100\"      | integer",
        "\"balance_cents\":100      | \"balance_cents\":null         | integer",
        "\"balance_cents\":100      | \"balance_cents\":1e30         | integer",
        "\"balance_cents\":100      | \"balance_cents\":100,\"x\":1  | nothing is said",
        "\"reserved_cents\":0       | \"reserved_cents\":-1          | minimum",
        "\"data\":                  | \"dates\":                     | lacks",
      })
  void aBody_thatIsOtherwise_isAFault(String from, String to, String fault) {
    String body = BALANCE.replace(from, to == null ? "" : to);

    assertThat(body).isNotEqualTo(BALANCE);
    assertThat(String.join("; ", faultsOfBalance(JSON, body))).contains(fault);
  }

  @Test
  void aField_thatIsMissingOrNotDescribedOrWrong_isAFault() {
    assertThat(faultsOfBalance(JSON.replace(ID, ""), BALANCE)).hasSize(1);
    assertThat(faultsOfBalance(JSON.replace("req_", "fake-"), BALANCE)).hasSize(1);
    assertThat(faultsOfBalance(JSON + "x-tollgate-cost-usd: 0\r\n", BALANCE)).hasSize(1);
    assertThat(faultsOfBalance(JSON + "retry-after: 1\r\n", BALANCE)).hasSize(1);
    assertThat(faultsOfBalance(JSON + ID, BALANCE)).as("twice").hasSize(1);
    assertThat(faultsOfBalance(JSON.replace("json", "xml"), BALANCE)).hasSize(1);
  }

  @Test
  void aStatus_thatIsNotDescribed_isAFault() {
    assertThat(faults("GET", "/v1/billing/balance", 404, JSON, REFUSED)).hasSize(1);
    assertThat(faults("GET", "/v1/billing/balance", 204, JSON, "")).hasSize(1);
    assertThat(faults("POST", "/v1/chat/completions", 418, JSON, REFUSED)).hasSize(1);
    assertThat(faults("DELETE", "/v1/billing/balance", 404, JSON, REFUSED)).hasSize(1);
    assertThat(faults("DELETE", "/v1/keys", 405, JSON, REFUSED)).as("without allow").hasSize(1);
  }

  @Test
  void aRefusalOfOurs_isHeldAgainstOurForm_andTheProvidersOwnIsNot() {
    String strange = "{\"detail\":\"no\"}";

    assertThat(faults("POST", "/v1/chat/completions", 400, JSON, strange)).isNotEmpty();
    assertThat(
            faults(
                "POST",
                "/v1/chat/completions",
                400,
                JSON + "x-upstream-request-id: fake-1\r\n",
                strange))
        .isEmpty();
    assertThat(faults("POST", "/v1/messages", 400, JSON, REFUSED)).as("its form").isNotEmpty();
    assertThat(faults("POST", "/v1/chat/completions", 503, JSON, REFUSED))
        .as("without retry-after")
        .hasSize(1);
    assertThat(faults("GET", "/nothing", 404, JSON, strange)).hasSize(1);
  }
}
