package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import io.lettuce.core.ScriptOutputType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The arithmetic and the globs that scripts share, against Java's own. */
@Tag(RedisForTests.ON_THE_SHARED)
class ExactTest {
  private static final String MULTIPLIED =
      Script.resource("exact.lua")
          + """
          local answers = {}
          for i = 1, #ARGV, 2 do
            answers[#answers + 1] = text_of(multiplied(tonumber(ARGV[i]), tonumber(ARGV[i + 1])))
          end
          return answers
          """;
  private static final String MATCHES =
      Script.resource("budgets.lua")
          + """
          local answers = {}
          for i = 1, #ARGV, 2 do
            answers[#answers + 1] = is_match(ARGV[i], ARGV[i + 1]) and 'yes' or 'no'
          end
          return answers
          """;

  private static RedisForTests redis;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open();
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  @Test
  void multiplied_isTheExactCeilingOrBeyond() {
    long seed = new Random().nextLong();
    System.out.println("ExactTest seed " + seed);
    Random random = new Random(seed);
    List<long[]> samples = new ArrayList<>();
    long[] edges = {
      0,
      1,
      2,
      999_999,
      1_000_000,
      1_000_001,
      8_999_999_999_999_999L,
      Money.MAX_NANO_USD - 1,
      Money.MAX_NANO_USD
    };
    long[] multipliers = {0, 1, 999_999, 1_000_000, 1_000_001, 1_100_000, 333_333, 1_000_000_000};
    for (long quote : edges) {
      for (long multiplier : multipliers) {
        samples.add(new long[] {quote, multiplier});
      }
    }
    for (int i = 0; i < 2_000; i++) {
      samples.add(
          new long[] {
            random.nextLong(Money.MAX_NANO_USD) >> random.nextInt(50),
            random.nextLong(1_000_000_001) >> random.nextInt(30)
          });
    }

    List<String> answers =
        eval(MULTIPLIED, samples.stream().flatMap(s -> Stream.of(s[0], s[1])).map(String::valueOf));

    for (int i = 0; i < samples.size(); i++) {
      long[] sample = samples.get(i);
      assertThat(answers.get(i))
          .as("%d * %d ppm", sample[0], sample[1])
          .isEqualTo(expected(sample[0], sample[1]));
    }
  }

  /** The same in Java, where integers have no end. */
  static String expected(long quote, long multiplierPpm) {
    BigInteger product = BigInteger.valueOf(quote).multiply(BigInteger.valueOf(multiplierPpm));
    BigInteger ceiling =
        product.add(BigInteger.valueOf(999_999)).divide(BigInteger.valueOf(1_000_000));
    BigInteger beyond = BigInteger.valueOf(Money.MAX_NANO_USD + 1);
    return ceiling.min(beyond).toString();
  }

  @Test
  void isMatch_isThatOfARegularExpression() {
    long seed = new Random().nextLong();
    System.out.println("ExactTest seed " + seed);
    Random random = new Random(seed);
    List<String> samples = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      samples.add(draw(random, "ab.%-**", 6));
      samples.add(draw(random, "aab.%-", 8));
    }

    List<String> answers = eval(MATCHES, samples.stream());

    for (int i = 0; i < samples.size(); i += 2) {
      String glob = samples.get(i);
      String regex =
          Stream.of(glob.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
      assertThat(answers.get(i / 2))
          .as("%s against %s", glob, samples.get(i + 1))
          .isEqualTo(samples.get(i + 1).matches(regex) ? "yes" : "no");
    }
  }

  private static String draw(Random random, String alphabet, int lengthMax) {
    return random
        .ints(random.nextInt(lengthMax), 0, alphabet.length())
        .mapToObj(i -> String.valueOf(alphabet.charAt(i)))
        .collect(Collectors.joining());
  }

  private static List<String> eval(String script, Stream<String> arguments) {
    String[] all = arguments.toArray(String[]::new);
    return await(
        redis
            .raw()
            .<List<String>, List<String>>call(
                c -> c.eval(script, ScriptOutputType.MULTI, new String[0], all),
                answers -> answers));
  }
}
