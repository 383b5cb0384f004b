package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Invoices as customers and operators see them, and paying by invoice. */
@ExtendWith(LeakWatch.class)
class InvoiceApiTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(71).reporting(new ServedUsage(1_000_000, 0, 0, 0, 5_000_000, 0));
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":8000,"messages":[{"role":"user","content":"Hello"}]}\
      """;
  private static final String SECTIONS =
      """
      invoices:
        seller: { name: "Tollgate, Inc.", address: [ "1 Gate Street" ], tax_id: "VAT ID XX1", email: b@t.example }
        number_prefix: API-
        payment_days: 10
        tax: { name: VAT, percent: 19, included: false }
      """;

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(71);
    provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.sellingPremium(provider, "")
                .limits(InvoicedAccount.LIMITS)
                .sections(SECTIONS));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  @AfterEach
  void letTimeRun() {
    gateway.runClock();
  }

  /** Charged 0.2 × 1 + 0.6 × 5 USD, and twice 0.02. */
  private static void use(String key) throws IOException {
    assertThat(gateway.ask(key, "POST", "/v1/chat/completions", BODY).statusCode()).isEqualTo(200);
    for (int i = 0; i < 2; i++) {
      assertThat(gateway.ask(key, "GET", "/api/premium/x", null).statusCode()).isEqualTo(200);
    }
  }

  private static InvoicedAccount prepaid() throws Exception {
    return InvoicedAccount.in(
        gateway,
        "50",
        "{\"name\":\"Prepaid GmbH\",\"email\":\"p@x.example\"}",
        InvoiceApiTest::use);
  }

  private static InvoicedAccount debtor() throws Exception {
    return InvoicedAccount.in(
        gateway,
        "0",
        "{\"name\":\"Debtor AG\",\"credit_limit_usd\":100}",
        key -> {
          use(key);
          gateway.credit(key, "-20", "adjustment", "set-up");
        });
  }

  // ---- customers

  @Test
  void invoice_ofAMonth_isWhatWasUsedAndPaid() throws Exception {
    InvoicedAccount account = prepaid();

    JsonNode list = gateway.get(account.key(), "/v1/billing/invoices");
    JsonNode invoice = gateway.get(account.key(), account.publicPath()).path("data");

    assertThat(list.path("meta").toString()).isEqualTo("{\"page\":1,\"per_page\":20,\"total\":1}");
    assertThat(list.path("data").get(0).path("id")).isEqualTo(invoice.path("id"));
    YearMonth month = YearMonth.from(InvoicedAccount.lastMonth().atZone(ZoneOffset.UTC));
    assertThat(invoice.path("month").asString()).isEqualTo(month.toString());
    assertThat(invoice.path("period_end").asString()).isEqualTo(month.atEndOfMonth().toString());
    assertThat(invoice.path("number").asString()).matches("API-[0-9]{6}");
    assertThat(invoice.path("status").asString()).isEqualTo("paid");
    assertThat(invoice.path("seller").toString())
        .isEqualTo(
            """
            {"name":"Tollgate, Inc.","address":["1 Gate Street"],"tax_id":"VAT ID XX1",\
            "email":"b@t.example"}\
            """);
    assertThat(invoice.path("buyer").path("name").asString()).isEqualTo("Prepaid GmbH");
    assertThat(invoice.path("lines").toString())
        .isEqualTo(
            """
            [{"kind":"debit_inference","description":"Inference: llama-3.3-70b",\
            "model":"llama-3.3-70b","requests":1,"input_tokens":1000000,"output_tokens":5000000,\
            "amount_usd":3.2,"amount_cents":320},\
            {"kind":"debit_request","description":"API calls","model":null,"requests":2,\
            "input_tokens":0,"output_tokens":0,"amount_usd":0.04,"amount_cents":4}]\
            """);
    assertThat(invoice.path("tax").toString())
        .isEqualTo(
            """
            {"name":"VAT","percent":19,"included":false,"net_cents":324,"tax_cents":62,\
            "gross_cents":386}\
            """);
    assertThat(invoice.path("account").toString())
        .isEqualTo(
            """
            {"opening_balance_usd":0,"opening_balance_cents":0,"movements":[{"kind":"topup",\
            "description":"Payments received","reference":null,"amount_usd":50,\
            "amount_cents":5000}],"closing_balance_usd":46.76,"closing_balance_cents":4676,\
            "balance_after_tax_cents":4614}\
            """);
    assertThat(invoice.path("total_usd").decimalValue()).isEqualByComparingTo("3.86");
    assertThat(invoice.path("due_cents").asLong()).isZero();
    // The tax that came on top has been taken off.
    gateway.await(() -> gateway.balanceNanoUsd(account.key()) == 46_140_000_000L);
    JsonNode newest = gateway.get(account.key(), "/v1/billing/transactions").path("data").get(0);
    assertThat(newest.path("amount_cents").asLong()).isEqualTo(-62);
    assertThat(newest.path("reference_id")).isEqualTo(invoice.path("number"));
  }

  @Test
  void pdf_ofAnInvoice_isShownUnderItsNumber() throws Exception {
    InvoicedAccount account = prepaid();
    for (String prefix : List.of("", "/api")) {
      RawAnswer answer;
      try (RawClient client = gateway.connect()) {
        answer =
            client
                .request(
                    "GET",
                    prefix + account.publicPath() + ".pdf",
                    "authorization",
                    "Bearer " + account.key())
                .readAnswer();
      }

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.head().field("content-type")).isEqualTo("application/pdf");
      assertThat(answer.head().field("content-disposition"))
          .matches("inline; filename=\"API-[0-9]{6}\\.pdf\"");
      try (PDDocument document = Loader.loadPDF(answer.body())) {
        assertThat(new PDFTextStripper().getText(document))
            .contains("Tollgate, Inc.", "Prepaid GmbH", "Inference: llama-3.3-70b", "$3.86");
      }
    }
  }

  @Test
  void invoice_ofAnotherAccount_isNotFound() throws Exception {
    InvoicedAccount account = prepaid();
    String other = gateway.createKey("1");
    for (String path : List.of(account.publicPath(), account.publicPath() + ".pdf")) {
      HttpResponse<String> answer = gateway.ask(other, "GET", path, null);

      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(answer.body())
          .isEqualTo(gateway.ask(other, "GET", "/v1/billing/invoices/x.pdf", null).body());
    }
    assertThat(gateway.get(other, "/v1/billing/invoices").path("meta").path("total").asLong())
        .isZero();
    String elsewhere = gateway.accountPath(other) + "/invoices/" + account.invoice();
    assertThat(pay(elsewhere, "1", "elsewhere").statusCode()).isEqualTo(404);
  }

  // ---- paying by invoice

  private static HttpResponse<String> pay(String invoice, String usd, String key)
      throws IOException {
    return gateway.askOps(
        gateway.adminToken(),
        "POST",
        invoice + "/payments",
        "{\"amount_usd\":" + usd + ",\"reference\":\"wire 7\"}",
        "idempotency-key",
        key);
  }

  @Test
  void debt_paidInParts_isPaidOnceEach() throws Exception {
    InvoicedAccount account = debtor();
    String path = account.adminPath();
    JsonNode invoice = gateway.get(account.key(), account.publicPath()).path("data");
    assertThat(invoice.path("pays_by_invoice").asBoolean()).isTrue();
    assertThat(invoice.path("status").asString()).isEqualTo("open");
    assertThat(invoice.path("due_cents").asLong()).isEqualTo(2386);
    assertThat(invoice.path("due_on").asString())
        .isEqualTo(
            java.time.LocalDate.parse(invoice.path("issued_on").asString())
                .plusDays(10)
                .toString());
    gateway.await(() -> gateway.balanceNanoUsd(account.key()) == -23_860_000_000L);

    HttpResponse<String> paid = pay(path, "20", "first");
    assertThat(paid.statusCode()).isEqualTo(201);
    assertThat(AskedGateway.json(paid).path("invoice").path("status").asString())
        .isEqualTo("partly_paid");
    assertThat(pay(path, "20", "first").statusCode()).isEqualTo(200);
    assertThat(pay(path, "2", "first").statusCode()).isEqualTo(409);
    assertThat(gateway.balanceNanoUsd(account.key())).isEqualTo(-3_860_000_000L);
    JsonNode entry =
        gateway.get(account.key(), "/v1/billing/transactions?kind=topup").path("data").get(0);
    assertThat(entry.path("amount_cents").asLong()).isEqualTo(2000);
    assertThat(entry.path("reference_id")).isEqualTo(invoice.path("number"));

    assertThat(pay(path, "3.87", "second").body())
        .contains("More than is open on this invoice, which is $3.86.");
    assertThat(pay(path, "3.86", "second").statusCode()).isEqualTo(201);
    assertThat(pay(path, "0.01", "third").statusCode()).isEqualTo(400);
    assertThat(gateway.balanceNanoUsd(account.key())).isZero();
    JsonNode after = gateway.ops(path);
    assertThat(after.path("status").asString()).isEqualTo("paid");
    assertThat(after.path("payments").size()).isEqualTo(2);
    assertThat(after.path("paid_cents").asLong()).isEqualTo(2386);
    assertThat(after.path("payments").get(0).path("reference").asString()).isEqualTo("wire 7");
  }

  @Test
  void payment_thatIsNonsense_isRefused() throws Exception {
    String path = debtor().adminPath();

    for (String usd : List.of("0", "-1", "0.001", "\"x\"", "1e9", "null")) {
      assertThat(pay(path, usd, "nonsense").statusCode()).as(usd).isEqualTo(400);
    }
    assertThat(pay(path, "1", " ").statusCode()).isEqualTo(400);
    assertThat(
            gateway
                .askOps(gateway.adminToken(), "GET", "/admin/v1/invoices?status=late", null)
                .statusCode())
        .isEqualTo(400);
    assertThat(gateway.ops(path).path("payments").size()).isZero();
  }

  @Test
  void debt_notPaidInTime_isOverdue() throws Exception {
    InvoicedAccount account = debtor();
    String path = account.path() + "?status=";
    assertThat(gateway.ops(path + "open").path("meta").path("total").asLong()).isEqualTo(1);
    assertThat(gateway.ops(path + "paid").path("meta").path("total").asLong()).isZero();
    assertThat(pay(account.adminPath(), "1", "a-part").statusCode()).isEqualTo(201);
    assertThat(gateway.ops(path + "partly_paid").path("meta").path("total").asLong()).isEqualTo(1);

    gateway.setClock(Instant.now().plus(Duration.ofDays(12)));

    assertThat(gateway.ops(path + "partly_paid").path("meta").path("total").asLong()).isZero();
    JsonNode overdue = gateway.ops(path + "overdue");
    assertThat(overdue.path("meta").path("total").asLong()).isEqualTo(1);
    assertThat(overdue.path("data").get(0).path("status").asString()).isEqualTo("overdue");
    assertThat(gateway.ops("/admin/v1/invoices?status=overdue").path("data").toString())
        .contains(account.invoice());
  }
}
