package dev.tollgate.api.customer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.Books.Request;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The request log as a table that spreadsheets open. */
class RequestRowTest {
  private static Request request(String model) {
    return new Request(
        "req_1",
        7,
        "key_1",
        model,
        "/v1/chat/completions",
        "acme",
        "settled",
        200,
        true,
        1,
        2,
        3,
        4,
        10,
        1_500,
        -3,
        "",
        1_700_000_000_123L,
        1_700_000_000_456L,
        333,
        -1);
  }

  private static String line(String model) {
    return RequestRow.csv(List.of(request(model))).split("\r\n", 2)[1];
  }

  @Test
  void aRow_hasAFieldForEachColumn_andNothingForWhatIsNotKnown() {
    String[] lines = RequestRow.csv(List.of(request("m"))).split("\r\n", -1);

    assertThat(lines).hasSize(3);
    assertThat(lines[1])
        .isEqualTo(
            "req_1,2023-11-14T22:13:20.123Z,2023-11-14T22:13:20.456Z,key_1,m,/v1/chat/completions,"
                + "acme,200,settled,true,1,2,3,4,10,0.0000015,-0.000000003,333,,");
    assertThat(lines[1].chars().filter(c -> c == ',').count())
        .isEqualTo(lines[0].chars().filter(c -> c == ',').count());
    assertThat(lines[2]).isEmpty();
  }

  @Test
  void quotesCommasAndLineEnds_areQuoted() {
    assertThat(RequestRow.field("a,b")).isEqualTo("\"a,b\"");
    assertThat(RequestRow.field("say \"hi\"")).isEqualTo("\"say \"\"hi\"\"\"");
    assertThat(RequestRow.field("two\r\nlines")).isEqualTo("\"two\r\nlines\"");
    assertThat(RequestRow.field("it's 100% fine")).isEqualTo("it's 100% fine");
    assertThat(line("a,\"b\"")).contains(",\"a,\"\"b\"\"\",");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "=cmd|' /C calc'!A0"})
  void text_thatBeginsLikeAFormula_staysText(String text) {
    String field = RequestRow.field(text);

    assertThat(field.startsWith("\"") ? field.substring(1) : field)
        .startsWith("'" + text.charAt(0));
  }

  @Test
  void numbers_areNumbers() {
    assertThat(RequestRow.field(new BigDecimal("-0.000000003"))).isEqualTo("-0.000000003");
    assertThat(RequestRow.field(-5L)).isEqualTo("-5");
    assertThat(RequestRow.field(null)).isEmpty();
  }
}
