package dev.tollgate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every class of fault, with its file, line, column, key and words. */
class ConfigFaultTest {
  @TempDir private Path directory;

  static Stream<Arguments> gatewayFaults() {
    return Stream.of(
        fault(
            "^lisen: { port: 1 }",
            "lisen: is not a key that is known here; did you mean `listen`?"),
        fault(
            "listen: { ^prot: 1 }",
            "listen.prot: is not a key that is known here; did you mean `port`?"),
        fault("listen: { ^zzzzzz: 1 }", "listen.zzzzzz: is not a key that is known here"),
        fault("listen: ^8080", "listen: expected a mapping of keys to values, got 8080"),
        fault("listen: ^[8080]", "listen: expected a mapping of keys to values, got a list"),
        fault("listen: { port: ^http }", "listen.port: expected a whole number, got \"http\""),
        fault("listen: { port: ^\"8080\" }", "listen.port: expected a whole number, got \"8080\""),
        fault("listen: { port: ^80.5 }", "listen.port: expected a whole number, got 80.5"),
        fault("listen: { port: ^0x50 }", "listen.port: expected a whole number, got \"0x50\""),
        fault("listen: { port: ^1_000 }", "listen.port: expected a whole number, got \"1_000\""),
        fault("listen: { port: ^-1 }", "listen.port: expected a number from 0 to 65535, got -1"),
        fault(
            "listen: { port: ^65536 }",
            "listen.port: expected a number from 0 to 65535, got 65536"),
        fault(
            "listen: { port: ^99999999999999999999 }",
            "listen.port: expected a whole number, got 99999999999999999999"),
        fault("listen: { port:^ }", "listen.port: expected a whole number, got nothing"),
        fault("listen: { host: ^[a] }", "listen.host: expected text, got a list"),
        fault(
            "listen: { port: ^\"${NONE}\" }",
            "listen.port: the environment variable NONE is not set"),
        fault(
            "listen: { port: ^\"${ACME_KEY}\" }",
            "listen.port: expected a whole number, got ${ACME_KEY}"),
        fault(
            "listen: { port: ^\"${1X}\" }",
            "listen.port: expected ${NAME} or ${NAME:-default} where it says ${"),
        fault(
            "listen:\n  tls: { certificate: ^no.pem, private_key: gateway.yaml }",
            "listen.tls.certificate: expected a file that can be read, but there is none at"
                + " no.pem"),
        fault(
            "listen:\n  ^tls: { certificate: gateway.yaml }",
            "listen.tls.private_key: is missing and has no default"),
        fault(
            "public_url: ^ftp://example.com",
            "public_url: expected a URI such as http:// or https://host…"),
        fault(
            "public_url: ^\"not a uri\"",
            "public_url: expected a URI such as http:// or https://host…"),
        fault(
            "public_url: ^https://example.com/?a=b",
            "public_url: must not have a query or fragment: paths are appended to it"),
        fault("data_dir: ^{}", "data_dir: expected text, got a mapping"),
        fault("data_dir: a\n^data_dir: b", "data_dir: is given twice, first in line 7"),
        fault(
            "redis: ^nowhere",
            "redis: expected embedded, redis://host:6379/0, rediss://host:6379/0,"
                + " unix:/path/of.sock, redis-sentinel://host:26379#primary, or a list of URIs for"
                + " a cluster"),
        fault("redis: ^redis://host:0/1", "redis: expected a port from 1 to 65535"),
        fault(
            "redis: ^redis://my_redis",
            "redis: expected a host without an underscore: the Redis client knows no other"),
        fault(
            "redis: ^http://example.com",
            "redis: expected a URI such as redis:// or rediss://host…"),
        fault("redis: ^[]", "redis: expected at least one node of the cluster"),
        fault(
            "redis: [redis://a, ^redis://b/1]",
            "redis[1]: expected no database: a cluster has only one"),
        fault(
            "redis: ^[redis://a, rediss://b]",
            "redis: expected redis:// for all nodes of the cluster, or rediss:// for all"),
        fault("redis: [^embedded]", "redis[0]: expected a URI such as redis:// or rediss://host…"),
        fault(
            "redis: ^redis-sentinel://a:26379,b",
            "redis: expected sentinels and the name of their primary, such as"
                + " redis-sentinel://host1:26379,host2:26379#primary"),
        fault(
            "limits: { ledger: { allow: [^evictions] } }",
            "limits.ledger.allow[0]: expected no_persistence or eviction, got \"evictions\"; did"
                + " you mean `eviction`?"),
        fault(
            "archive: ^jdbc:mysql://host/db",
            "archive: expected embedded, jdbc:postgresql://host/database?user=… or"
                + " jdbc:sqlite:/path/of.db"),
        fault(
            "archive: ^tape",
            "archive: expected embedded, jdbc:postgresql://host/database?user=… or"
                + " jdbc:sqlite:/path/of.db"),
        fault(
            "key_prefix: ^\"a b\"", "key_prefix: expected 1 to 32 of A-Z a-z 0-9 _ -, got \"a b\""),
        fault(
            "^payments: { provider: stripe, secret_key: x, webhook_secret: y }",
            "payments: stripe needs public_url: customers are sent back there"),
        fault(
            "public_url: http://a\n^payments: { provider: stripe, webhook_secret: x }",
            "payments.secret_key: is missing and has no default"),
        fault(
            "public_url: http://a\n"
                + "payments: { provider: stripe, secret_key: x, webhook_secret: ^\"\" }",
            "payments.webhook_secret: must not be empty"),
        fault(
            "payments: { provider: ^nono }",
            "payments.provider: expected none or simulated or stripe, got \"nono\"; did you mean"
                + " `none`?"),
        fault(
            "payments: { api_base: ^ftp://api.stripe.com }",
            "payments.api_base: expected a URI such as http:// or https://host…"),
        fault(
            "payments: { webhook_tolerance_millis: ^999 }",
            "payments.webhook_tolerance_millis: expected at least 1000 milliseconds, got 999"),
        fault(
            limits("payments: { retries_max: ^11 }"),
            "limits.payments.retries_max: expected a number from 0 to 10, got 11"),
        fault(
            "email: { smtp: ^pigeon }",
            "email.smtp: expected none, smtp://user:password@host:587 or"
                + " smtps://user:password@host:465"),
        fault("^email: { smtp: smtp://u:p@host:587 }", "email.from: is missing and has no default"),
        fault(
            "email: { smtp: smtp://u:p@host:587, from: ^nobody }",
            "email.from: expected an address such as billing@example.com or Name"
                + " <billing@example.com>"),
        fault(
            "email: { smtp: ^http://host, from: a@b.c }",
            "email.smtp: expected a URI such as smtp:// or smtps://host…"),
        fault(
            "email: { smtp: ^smtp://host/path, from: a@b.c }",
            "email.smtp: expected none, smtp://user:password@host:587 or"
                + " smtps://user:password@host:465"),
        fault(
            "invoices: { number_prefix: ^'Nr. ' }",
            "invoices.number_prefix: expected at most 32 of A-Z a-z 0-9 / . _ -, got \"Nr. \""),
        fault(
            "invoices: { ^tax: { name: VAT } }",
            "invoices.tax.percent: is missing and has no default"),
        fault(
            "invoices: { tax: { percent: ^120 } }",
            "invoices.tax.percent: expected a number from 0 to 100, got 120"),
        fault(
            "invoices: { payment_days: ^-1 }",
            "invoices.payment_days: expected a number from 0 to 365, got -1"),
        fault(
            "limits: { quotes: { text_bytes_per_token: ^0 } }",
            "limits.quotes.text_bytes_per_token: expected a number from 1 to 1000, got 0"),
        fault(
            "limits: { ^quotas: {} }",
            "limits.quotas: is not a key that is known here; did you mean `quotes`?"),
        fault(
            limits("http: { headers_max: ^0 }"),
            "limits.http.headers_max: expected a number from 1 to 2147483647, got 0"),
        fault(
            limits("http: { idle_millis_max: ^never }"),
            "limits.http.idle_millis_max: expected a duration such as 500ms, 5s, 10m, 1h or 7d, got"
                + " \"never\""),
        fault(
            limits("http: { head_bytes_max: ^3GiB }"),
            "limits.http.head_bytes_max: expected a number from 1 to 2147483647 bytes, got"
                + " \"3GiB\""),
        fault(
            limits("http: { ^head_byte_max: 1 }"),
            "limits.http.head_byte_max: is not a key that is known here; did you mean"
                + " `head_bytes_max`?"),
        fault(
            "limits:\n  ^http: { low_watermark_bytes: 2MiB, high_watermark_bytes: 1MiB }",
            "limits.http: high_watermark_bytes must not be below low_watermark_bytes"),
        fault(
            "limits:\n  ^http: { low_watermark_bytes: 1MiB }",
            "limits.http: high_watermark_bytes must not be below low_watermark_bytes"),
        fault(
            limits("^https: {}"),
            "limits.https: is not a key that is known here; did you mean" + " `http`?"),
        fault(
            limits("requests: { body_bytes_max: ^32 apples }"),
            "limits.requests.body_bytes_max: expected a size such as 4096, 64KiB, 32MiB or 1GiB,"
                + " got \"32 apples\""),
        fault(
            limits("requests: { drains_max: ^-1 }"),
            "limits.requests.drains_max: expected a number from 0 to 2147483647, got -1"),
        fault(
            limits("requests: { ^lease: 1h }"),
            "limits.requests.lease: is not a key that is known here"),
        fault(
            "limits:\n  ^requests: { lease_millis: 14s }",
            "limits.requests: lease_millis must be at least three times checkpoint_millis"),
        fault(
            "limits:\n  ^objects: { watch_millis: 20m }",
            "limits.objects: watch_millis_max must not be below watch_millis"),
        fault(
            "limits:\n  ^runs: { lease_millis: 32d }",
            "limits.runs: lease_millis_max must not be below lease_millis"),
        fault(
            limits("ledger: { shards: ^4097 }"),
            "limits.ledger.shards: expected a number from 1 to 4096, got 4097"),
        fault(
            limits("ledger: { trust_certificates: ^none.pem }"),
            "limits.ledger.trust_certificates: expected a file that can be read, but there is none"
                + " at none.pem"),
        fault(
            limits("keys: { cached_keys_max: ^many }"),
            "limits.keys.cached_keys_max: expected a whole number, got \"many\""),
        fault(
            limits("upstream: { interim_max: ^1001 }"),
            "limits.upstream.interim_max: expected a number from 0 to 1000, got 1001"),
        fault(
            limits("metering: { depth_max: ^15 }"),
            "limits.metering.depth_max: expected a number from 16 to 10000, got 15"),
        fault(
            limits("estimates: { threads: ^65 }"),
            "limits.estimates.threads: expected a number from 1 to 64, got 65"),
        fault(
            limits("estimates: ^[]"),
            "limits.estimates: expected a mapping of keys to values, got" + " a list"),
        fault(
            "  ^other:\n    base_url: http://x.example",
            "providers.other.dialect: is missing and has no default"),
        fault(
            "  ^other: { dialect: openai }",
            "providers.other.base_url: is missing and has no default"),
        fault(
            "  other: { dialect: ^opanai, base_url: http://x.example }",
            "providers.other.dialect: expected openai or anthropic or gemini or cohere or plain,"
                + " got \"opanai\"; did you mean `openai`?"),
        fault(
            "  other: { dialect: openai, base_url: ^x.example }",
            "providers.other.base_url: expected a URI such as http:// or https://host…"),
        fault(
            "  other: { dialect: openai, base_url: ^http://me:pw@x.example }",
            "providers.other.base_url: must not carry a user or password"),
        fault(
            "  other: { dialect: openai, base_url: ^http://me:pw@x_y.example }",
            "providers.other.base_url: must not carry a user or password"),
        fault(
            "  other: { dialect: openai, base_url: ^http://x.example:0/v1 }",
            "providers.other.base_url: expected a port from 1 to 65535"),
        fault(
            "  other: { dialect: openai, base_url: ^http://x.example:65536/v1 }",
            "providers.other.base_url: expected a port from 1 to 65535"),
        fault(
            "  other: { dialect: openai, base_url: ^http://x_y:99999999999999999999 }",
            "providers.other.base_url: expected a port from 1 to 65535"),
        fault(
            "  other: { dialect: openai, base_url: ^http://x.example:80a/v1 }",
            "providers.other.base_url: expected a URI such as http:// or https://host…"),
        fault(
            "  other: { dialect: openai, base_url: ^http:///v1 }",
            "providers.other.base_url: expected a URI such as http:// or https://host…"),
        fault(
            "  other: { dialect: openai, base_url: ^http://:8080/v1 }",
            "providers.other.base_url: expected a URI such as http:// or https://host…"),
        fault(
            "  ^\"a b\": { dialect: openai, base_url: http://x.example }",
            "providers.a b: expected a name of 1 to 64 of A-Z a-z 0-9 _ . -"),
        fault(
            provider("variant: ^groc"),
            "providers.other.variant: expected standard or deepseek or groq or moonshot or vllm or"
                + " sglang or xai or mistral or openrouter or azure or ollama, got \"groc\"; did"
                + " you mean `groq`?"),
        fault(
            provider("on_disconnect: ^wait"),
            "providers.other.on_disconnect: expected drain or cancel, got \"wait\""),
        fault(
            provider("connect_millis_max: ^5 parsecs"),
            "providers.other.connect_millis_max: expected a duration such as 500ms, 5s, 10m, 1h or"
                + " 7d, got \"5 parsecs\""),
        fault(
            provider("connect_millis_max: ^-5"),
            "providers.other.connect_millis_max: expected a duration such as 500ms, 5s, 10m, 1h or"
                + " 7d, got -5"),
        fault(
            provider("connect_millis_max: ^0"),
            "providers.other.connect_millis_max: expected a number from 1 to 2147483647"
                + " milliseconds, got 0"),
        fault(
            provider("connect_millis_max: ^30d"),
            "providers.other.connect_millis_max: expected a number from 1 to 2147483647"
                + " milliseconds, got \"30d\""),
        fault(
            provider("total_millis_max: ^999999999999999d"),
            "providers.other.total_millis_max: expected a duration such as 500ms, 5s, 10m, 1h or"
                + " 7d, got \"999999999999999d\""),
        fault(
            provider("connections_max: ^0"),
            "providers.other.connections_max: expected a number from 1 to 2147483647, got 0"),
        fault(
            provider("api_key: ^\"a b\""),
            "providers.other.api_key: expected visible ASCII characters without spaces or line"
                + " ends"),
        fault(provider("api_key: ^[a]"), "providers.other.api_key: expected text, got a list"),
        fault(
            "  other: { dialect: openai, base_url: ^\"http://x.example/?api-version=1\" }",
            "providers.other.base_url: must not have a query: `query` is the place for it"),
        fault(
            "  other: { dialect: openai, base_url: ^\"http://x.example/{deployment}\" }",
            "providers.other.base_url: may have the place {model} in its path, and no other"),
        fault(
            "  other: { dialect: openai, base_url: ^\"http://{model}.example/v1\" }",
            "providers.other.base_url: may have the place {model} in its path, and no other"),
        fault(
            "  other: { dialect: openai, base_url: ^\"http://x.example/{model\" }",
            "providers.other.base_url: may have the place {model} in its path, and no other"),
        fault(
            "  ^other: { dialect: plain, base_url: \"http://x.example/{model}\" }",
            "providers.other: has a place for a model in its base_url, but plain routes name none"),
        fault(
            "  other: { dialect: openai, base_url: \"http://x.example/{model}\", files: ^true }",
            "providers.other.files: cannot be kept: base_url has a place for a model, and requests"
                + " for files name none"),
        fault(
            "  ^other: { dialect: openai, base_url: https://x.example, client_key: gateway.yaml }",
            "providers.other.client_certificate: is missing and has no default"),
        fault(
            tlsProvider("client_certificate: ^gateway.yaml, client_key: gateway.yaml"),
            "providers.other.client_certificate: has no certificate in PEM that can be read"),
        fault(
            tlsProvider("client_certificate: ^no.pem, client_key: gateway.yaml"),
            "providers.other.client_certificate: expected a file that can be read, but there is"
                + " none at no.pem"),
        fault(
            provider("client_certificate: ^gateway.yaml, client_key: gateway.yaml"),
            "providers.other.client_certificate: is shown to nobody: base_url is not https"),
        fault(
            provider("health_check: ^true"),
            "providers.other.health_check: expected a mapping of keys to values, got true"),
        fault(
            check("^intervall_millis: 5s"),
            "providers.other.health_check.intervall_millis: is not a key that is known here; did"
                + " you mean `interval_millis`?"),
        fault(
            check("path: ^models"),
            "providers.other.health_check.path: expected a path below base_url, such as /models"),
        fault(
            check("path: ^\"/a b\""),
            "providers.other.health_check.path: expected a path below base_url, such as /models"),
        fault(
            check("method: ^POST"),
            "providers.other.health_check.method: expected GET or HEAD, got \"POST\""),
        fault(
            check("interval_millis: ^99"),
            "providers.other.health_check.interval_millis: expected a number from 100 to 2147483647"
                + " milliseconds, got 99"),
        fault(
            check("failures_max: ^0"),
            "providers.other.health_check.failures_max: expected a number from 1 to 1000, got 0"),
        fault(
            check("status: ^ok"),
            "providers.other.health_check.status: expected a status from 200 to 599 or a range of"
                + " them, such as 200-399, got \"ok\""),
        fault(
            check("status: ^399-200"),
            "providers.other.health_check.status: expected a status from 200 to 599 or a range of"
                + " them, such as 200-399"),
        fault(
            check("model: ^gpt-4o"),
            "providers.other.health_check.model: has no place: there is no {model} in base_url"),
        fault(
            "  other: { dialect: openai, base_url: \"http://x.example/{model}\", ^health_check: {}"
                + " }",
            "providers.other.health_check.model: is missing and has no default"),
        fault(
            "  other: { dialect: plain, base_url: \"http://x.example\", ^health_check: {} }",
            "providers.other.health_check.path: is missing and has no default"),
        fault(
            provider("proxy: ^https://squid:3128"),
            "providers.other.proxy: expected a URI such as http://host…"),
        fault(
            provider("proxy: ^http://squid"),
            "providers.other.proxy: must name the port: http://host:3128"),
        fault(
            provider("proxy: ^http://squid:3128/way"),
            "providers.other.proxy: must end with the port: a proxy has no path"),
        fault(
            provider("proxy: ^\"http://:p@squid:3128\""),
            "providers.other.proxy: must have a user, without a colon in its name, before the @"),
        fault(
            provider("proxy: ^http://squid:0"),
            "providers.other.proxy: expected a port from 1 to 65535"),
        fault(
            provider("headers: { add: { ^Authorization: x } }"),
            "providers.other.headers.add.Authorization: carries credentials: no rule can touch it,"
                + " `api_key` is what is sent"),
        fault(
            provider("headers: { remove: [a, ^Content-Length] }"),
            "providers.other.headers.remove[1]: says how the message is sent: no rule can touch"
                + " it"),
        fault(
            provider("headers: { rename: { a: ^keep-alive } }"),
            "providers.other.headers.rename.a: is about the connection: no rule can touch it"),
        fault(
            provider("headers: { rename: { ^x-api-key: a } }"),
            "providers.other.headers.rename.x-api-key: carries credentials: no rule can touch it,"
                + " `api_key` is what is sent"),
        fault(
            provider("headers: { remove: [A], rename: { ^a: b } }"),
            "providers.other.headers.rename.a: is removed before it could be renamed"),
        fault(
            provider("headers: { rename: { a: c, b: ^C } }"),
            "providers.other.headers.rename.b: is the new name of two headers"),
        fault(
            provider("headers: { add: { a: x, ^A: y } }"),
            "providers.other.headers.add.A: is given twice, but for its case"),
        fault(
            provider("headers: { add: { ^\"a b\": x } }"),
            "providers.other.headers.add.a b: is not the name of a header"),
        fault(
            provider("headers: { remove: [^\"a:\"] }"),
            "providers.other.headers.remove[0]: expected the name of a header, got \"a:\""),
        fault(
            provider("headers: { add: { a: ^\"b\\r\\nc: d\" } }"),
            "providers.other.headers.add.a: expected visible ASCII characters, with spaces only"
                + " between them"),
        fault(
            provider("headers: { ^set: { a: b } }"),
            "providers.other.headers.set: is not a key that is known here"),
        fault(
            provider("query: ^[a]"),
            "providers.other.query: expected a mapping of keys to values, got a list"),
        fault(
            provider("query: { ^\"\": a }"),
            "providers.other.query.: expected the name of a parameter"),
        fault(provider("query: { a: ^[b] }"), "providers.other.query.a: expected text, got a list"),
        fault("redis: ^*nothing", "redis: there is no anchor &nothing before this"),
        fault("a: &a [^*a]", "a[0]: there is no anchor &a before this"),
        fault("--- ^{}", "expected one document, here begins another"),
        fault("listen: { port: 80^]", "is not YAML: expected ',' or '}', but got ]"),
        fault("a: b^: c", "is not YAML: mapping values are not allowed here"),
        fault(
            "a: ^@b",
            "is not YAML: found character '@' that cannot start any token. (Do not use @ for"
                + " indentation)"));
  }

  /** Lines to add to a file without faults; ^ marks the place that the fault is about. */
  private static Arguments fault(String lines, String expected) {
    return Arguments.of(lines, expected);
  }

  private static String limits(String more) {
    return "limits: { " + more + " }";
  }

  private static String tlsProvider(String more) {
    return provider(more).replace("http:", "https:");
  }

  private static String check(String key) {
    return provider("health_check: { " + key + " }");
  }

  private static String provider(String more) {
    return "  other: { dialect: openai, base_url: \"http://x.example\", " + more + " }";
  }

  @ParameterizedTest
  @MethodSource("gatewayFaults")
  void gatewayFile_withOneFault_saysWhereAndWhat(String lines, String expected) {
    String marked = ConfigFiles.GATEWAY + lines + "\n";
    ConfigFiles files = new ConfigFiles(directory);
    files.write(marked.replace("^", ""), ConfigFiles.RATES);

    assertThat(files.faults()).containsExactly("gateway.yaml:" + place(marked) + ": " + expected);
  }

  /** The line and column of the mark. */
  private static String place(String marked) {
    String before = marked.substring(0, marked.indexOf('^'));
    return (before.lines().count() + (before.endsWith("\n") ? 1 : 0))
        + ":"
        + (before.length() - before.lastIndexOf('\n'));
  }

  @Test
  void rateCard_thatIsNotThere_isNamed() {
    ConfigFiles files = new ConfigFiles(directory);
    files.write(ConfigFiles.GATEWAY + "rate_card: none.yaml\n", ConfigFiles.RATES);

    assertThat(files.faults()).containsExactly("none.yaml: there is no such file");
  }

  static Stream<Arguments> ratesFaults() {
    return Stream.of(
        fault("^planz: {}", "planz: is not a key that is known here; did you mean `plans`?"),
        fault("  ^llama: {}", "models.llama: is given twice, first in line 2"),
        fault("  ^m: { prices: { input: 1 } }", "models.m.targets: is missing and has no default"),
        fault("  m: { targets: ^[] }", "models.m.targets: expected at least one target"),
        fault("  m: { targets:^ }", "models.m.targets: expected at least one target"),
        fault("  m: { targets: ^acme }", "models.m.targets: expected a list, got \"acme\""),
        fault(
            "  m: { targets: [^acme] }",
            "models.m.targets[0]: expected a mapping of keys to values, got \"acme\""),
        fault(
            "  m: { targets: [^{ provider: acme }] }",
            "models.m.targets[0].model: is missing and has no default"),
        fault(
            "  m: { targets: [{ provider: ^acne, model: m }] }",
            "models.m.targets[0].provider: there is no provider `acne` in the gateway's file; did"
                + " you mean `acme`?"),
        fault(
            prices("^inputs: 1"),
            "models.m.prices.inputs: is not a key that is known here; did you mean `input`?"),
        fault(
            prices("^web_search: 1"),
            "models.m.prices.web_search: is not a key that is known here"),
        fault(
            prices("input: ^-0.1"),
            "models.m.prices.input: expected an amount that is not negative, got -0.1"),
        fault(
            prices("input: ^10000.01"),
            "models.m.prices.input: is beyond $10000: a slip of units?"),
        fault(prices("input: ^1e400"), "models.m.prices.input: is beyond $10000: a slip of units?"),
        fault(
            prices("input: ^0.0000000001"),
            "models.m.prices.input: has more than 9 decimals: amounts are whole nano-USD"),
        fault(
            prices("input: ^1e-400"),
            "models.m.prices.input: has more than 9 decimals: amounts are whole nano-USD"),
        fault(prices("input: ^.nan"), "models.m.prices.input: expected an amount in USD, got .nan"),
        fault(prices("input: ^.inf"), "models.m.prices.input: expected an amount in USD, got .inf"),
        fault(
            prices("input: ^$0.20"),
            "models.m.prices.input: expected an amount in USD, got \"$0.20\""),
        fault(
            prices("input: ^\"0.20\""),
            "models.m.prices.input: expected an amount in USD, got \"0.20\""),
        fault(prices("input: ^true"), "models.m.prices.input: expected an amount in USD, got true"),
        fault(
            prices("input: ^{ usd: 1 }"),
            "models.m.prices.input: expected an amount in USD, got a mapping"),
        fault(
            model("fees: { request: ^10001 }"),
            "models.m.fees.request: is beyond $10000: a slip of units?"),
        fault(
            model("fees: { ^requests: 1 }"),
            "models.m.fees.requests: is not a key that is known here; did you mean `request`?"),
        fault(
            model(
                "tiers: [{ above_input_tokens: 5, prices: {} }, ^{ above_input_tokens: 5, prices:"
                    + " {} }]"),
            "models.m.tiers[1]: is out of order: above_input_tokens must be more than the tier's"
                + " before, 5"),
        fault(
            model("tiers: [{ above_input_tokens: ^0, prices: {} }]"),
            "models.m.tiers[0].above_input_tokens: expected a number from 1 to 1000000000, got 0"),
        fault(
            model("tiers: [^{ above_input_tokens: 5 }]"),
            "models.m.tiers[0].prices: is missing and has no default"),
        fault(
            model("service_tiers: { flex: { ^inptu: 1 } }"),
            "models.m.service_tiers.flex.inptu: is not a key that is known here; did you mean"
                + " `input`?"),
        fault(prices("input:^ "), "models.m.prices.input: expected an amount in USD, got nothing"),
        fault(
            model("tiers: [{ above_input_tokens: 5, prices: {}, ^service_teirs: {} }]"),
            "models.m.tiers[0].service_teirs: is not a key that is known here; did you mean"
                + " `service_tiers`?"),
        fault(
            model(
                "tiers: [{ above_input_tokens: 5, prices: {}, service_tiers: { flex: { input: ^-1"
                    + " } } }]"),
            "models.m.tiers[0].service_tiers.flex.input: expected an amount that is not negative,"
                + " got -1"),
        fault(
            model(
                "tiers: [{ above_input_tokens: 5, prices: {}, service_tiers: { flex: { ^image: 1 }"
                    + " } }]"),
            "models.m.tiers[0].service_tiers.flex.image: is not a key that is known here"),
        fault(
            model("tiers: [{ above_input_tokens: 5, prices: { output: ^10000.000000001 } }]"),
            "models.m.tiers[0].prices.output: is beyond $10000: a slip of units?"),
        fault(
            model("max_output_tokens: ^0"),
            "models.m.max_output_tokens: expected a number from 1 to 1000000000, got 0"),
        fault(
            model("text_bytes_per_token: ^0"),
            "models.m.text_bytes_per_token: expected a number from 1 to 1000, got 0"),
        fault(
            model("text_bytes_per_token: ^2.5"),
            "models.m.text_bytes_per_token: expected a whole number, got 2.5"),
        fault(
            model("image_tokens_percent: ^-1"),
            "models.m.image_tokens_percent: expected a number from 0 to 100000, got -1"),
        fault(
            "routes: [{ match: ^get, provider: acme, fees: { request: 1 } }]",
            "routes[0].match: expected METHOD /path, got \"get\""),
        fault(
            "routes: [{ match: GET /a, provider: ^feed, fees: { request: 1 } }]",
            "routes[0].provider: there is no provider `feed` in the gateway's file"),
        fault(
            "routes: [{ match: GET /a, provider: acme, ^fees: {} }]",
            "routes[0].fees.request: is missing and has no default"),
        fault("training: { ^x: {} }", "training.x.per_mtok_epoch: is missing and has no default"),
        fault(
            "training: { x: { per_mtok_epoch: ^-1 } }",
            "training.x.per_mtok_epoch: expected an amount that is not negative, got -1"),
        fault(
            "packages: [^{ bonus_percent: 5 }]", "packages[0].pay: is missing and has no default"),
        fault(
            "packages: [{ pay: ^10.001 }]",
            "packages[0].pay: expected an amount above 0 in whole cents, got 10.001"),
        fault(
            "packages: [{ pay: 10, bonus_percent: ^-1 }]",
            "packages[0].bonus_percent: expected a number from 0 to 1000, got -1"),
        fault(
            "packages: [{ pay: 10, bonus_percent: ^0.00001 }]",
            "packages[0].bonus_percent: has too many decimals"),
        fault("^topup: { min: 10, max: 5 }", "topup: min is above max"),
        fault(
            "topup: { min: 10, max: 50, presets: [^5] }",
            "topup.presets[0]: expected an amount from min to max, got 5"),
        fault(
            "plans: { ^p: { funding: subscription } }",
            "plans.p.limits_usd: is missing and has no default"),
        fault(
            "plans: { p: { funding: ^charity } }",
            "plans.p.funding: expected wallet or subscription, got \"charity\""),
        fault(
            "plans: { p: { limits_usd: { ^weekly: 5 } } }",
            "plans.p.limits_usd.weekly: expected a window such as 5h, 1d or 30d as the key, at most"
                + " 366d"),
        fault(
            "plans: { p: { price_multiplier: ^-1 } }",
            "plans.p.price_multiplier: expected a number from 0 to 1000, got -1"),
        fault(
            "plans: { p: { price_multiplier: ^1.00000001 } }",
            "plans.p.price_multiplier: has too many decimals"),
        fault(
            "plans: { p: { allowances: { kb: ^many } } }",
            "plans.p.allowances.kb: expected a whole number, got \"many\""),
        fault(
            "plans: { p: { rpm: ^0 } }",
            "plans.p.rpm: expected a number from 1 to 1000000000, got 0"),
        fault("credit: { usd: ^0 }", "credit.usd: expected an amount above 0, got 0"));
  }

  private static String model(String more) {
    return "  m: { targets: [{ provider: acme, model: m }], " + more + " }";
  }

  private static String prices(String prices) {
    return model("prices: { " + prices + " }");
  }

  @ParameterizedTest
  @MethodSource("ratesFaults")
  void ratesFile_withOneFault_saysWhereAndWhat(String lines, String expected) {
    String marked = ConfigFiles.RATES + lines + "\n";
    ConfigFiles files = new ConfigFiles(directory);
    files.write(ConfigFiles.GATEWAY, marked.replace("^", ""));

    assertThat(files.faults()).containsExactly("rates.yaml:" + place(marked) + ": " + expected);
  }

  @Test
  void allFaults_ofBothFiles_areReportedAtOnceAndInOrder() {
    ConfigFiles files = new ConfigFiles(directory);
    files.write(
        """
        ops: { port: x }
        providers:
          acme: { dialect: openai, base_url: nowhere }
        redis: nowhere
        """,
        ConfigFiles.RATES + "planz: {}\ncredit: { usd: -1 }\n");

    assertThat(files.faults())
        .extracting(fault -> fault.substring(0, fault.indexOf(' ')))
        .containsExactly(
            "gateway.yaml:1:1:",
            "gateway.yaml:1:14:",
            "gateway.yaml:3:38:",
            "gateway.yaml:4:8:",
            "rates.yaml:5:1:",
            "rates.yaml:6:16:");
  }

  @Test
  void missingSections_thatAreNeeded_areNamed() {
    ConfigFiles files = new ConfigFiles(directory).write("{}", "{}");

    assertThat(files.faults())
        .containsExactly(
            "gateway.yaml:1:1: providers: is missing and has no default",
            "gateway.yaml:1:1: ops.admin_token: is missing and has no default",
            "rates.yaml:1:1: models: is missing and has no default");
  }

  @Test
  void emptyFiles_areReadAsEmptyMappings() {
    assertThat(new ConfigFiles(directory).write("", "# nothing\n").faults())
        .containsExactly(
            "gateway.yaml: providers: is missing and has no default",
            "gateway.yaml: ops.admin_token: is missing and has no default",
            "rates.yaml: models: is missing and has no default");
  }

  @Test
  void emptyAdminToken_isAFault() {
    ConfigFiles files = new ConfigFiles(directory);
    files.write(ConfigFiles.GATEWAY.replace("${TOKEN}", "${EMPTY}"), ConfigFiles.RATES);

    assertThat(files.faults())
        .containsExactly(
            "gateway.yaml:1:21: ops.admin_token: must not be empty: it opens every account");
  }

  @Test
  void secrets_neverAppearInFaults() {
    ConfigFiles files = new ConfigFiles(directory);
    String everywhere =
        """
        listen: { host: "${ACME_KEY}", port: "${ACME_KEY}" }
        public_url: "${ACME_KEY}"
        redis: "redis://:${ACME_KEY}@a b"
        archive: "${ACME_KEY}"
        key_prefix: "${ACME_KEY} "
        payments: { provider: "${ACME_KEY}", secret_key: "${ACME_KEY} \\n" }
        email: { smtp: "${ACME_KEY}" }
        limits: { quotes: { tokens_per_image: "${ACME_KEY}" } }
        """;
    files.write(
        everywhere + ConfigFiles.GATEWAY.replace("openai", "\"${ACME_KEY}\""), ConfigFiles.RATES);

    assertThat(files.faults()).hasSize(10).noneMatch(fault -> fault.contains(ConfigFiles.SECRET));
  }

  @Test
  void syntaxFault_doesNotQuoteTheText() {
    ConfigFiles files = new ConfigFiles(directory);
    files.write("ops: { admin_token: my-secret: }\n  my-secret\n", ConfigFiles.RATES);

    assertThat(files.faults()).hasSize(1).noneMatch(fault -> fault.contains("my-secret"));
  }

  @Test
  void loadedSecrets_areNotInAnyText() {
    Snapshot snapshot =
        new ConfigFiles(directory)
            .write(
                ConfigFiles.GATEWAY + "redis: redis://u:${ACME_KEY}@host:6379/0\n",
                ConfigFiles.RATES)
            .valid();

    assertThat(snapshot.gateway().ops().adminToken()).isEqualTo("token-of-the-operator");
    assertThat(snapshot.toString())
        .doesNotContain(ConfigFiles.SECRET)
        .doesNotContain("token-of-the-operator");
  }

  @Test
  void bounds_onBytesDepthAndNodes_areKept() throws Exception {
    ConfigFiles files = new ConfigFiles(directory);
    ConfigLoader small =
        new ConfigLoader(ConfigFiles.ENVIRONMENT, new ConfigBounds(2000, 8, 50, 3));

    files.write("a: " + "x".repeat(2000), ConfigFiles.RATES);
    assertThat(firstFault(small, files)).isEqualTo("is larger than 2000 bytes");
    files.write("a: " + "[".repeat(9) + "]".repeat(9), ConfigFiles.RATES);
    assertThat(firstFault(small, files)).isEqualTo("nests deeper than 8 levels");
    files.write("a: [" + "1,".repeat(50) + "]", ConfigFiles.RATES);
    assertThat(firstFault(small, files)).isEqualTo("the file has more than 50 values");
    files.write("a: &a [1,1,1,1,1,1]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n", ConfigFiles.RATES);
    assertThat(firstFault(small, files)).isEqualTo("the file has more than 50 values");
    Files.write(files.gateway(), "a: \u00e9".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(firstFault(small, files)).isEqualTo("is not text in UTF-8");
    Files.delete(files.gateway());
    assertThat(firstFault(small, files)).isEqualTo("there is no such file");
    files.write("a: 1\nb: 1\nc: 1\nd: 1\n", ConfigFiles.RATES);
    assertThat(((Checked.Faulty<Snapshot>) small.load(files.gateway())).faults())
        .hasSize(4)
        .last()
        .extracting(Finding::message)
        .isEqualTo("4 more faults are not listed");
  }

  private static String firstFault(ConfigLoader loader, ConfigFiles files) {
    return ((Checked.Faulty<Snapshot>) loader.load(files.gateway())).faults().getFirst().message();
  }
}
