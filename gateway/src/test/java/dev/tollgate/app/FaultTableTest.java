package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables in docs/faults.md have a row for each fault that is tested, and for no other. */
class FaultTableTest {
  private static final List<Class<?>> TESTS =
      List.of(
          FaultyTargetTest.class,
          FaultyTlsTest.class,
          BrokenOffTest.class,
          OddAnswersTest.class,
          FaultyStreamsTest.class);

  private static final Pattern NAMED = Pattern.compile("`(\\w+Test)\\.(\\w+)`");

  /** As {@code fault: Test.method}, or without a fault where the method is one. */
  private static Set<String> tested() throws Exception {
    Set<String> tested = new TreeSet<>();
    for (Class<?> test : TESTS) {
      for (Method method : test.getDeclaredMethods()) {
        String name = test.getSimpleName() + "." + method.getName();
        MethodSource faults = method.getAnnotation(MethodSource.class);
        if (faults != null) {
          Method source = test.getDeclaredMethod(faults.value()[0]);
          ((Stream<?>) source.invoke(null)).forEach(fault -> tested.add(fault + ": " + name));
        } else if (method.isAnnotationPresent(Test.class)
            || method.isAnnotationPresent(ParameterizedTest.class)) {
          tested.add(name);
        }
      }
    }
    return tested;
  }

  /** The same, by the first and the last cell of each row. */
  private static Set<String> told(Set<String> tested) throws Exception {
    Set<String> told = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("../docs/faults.md"))) {
      Matcher names = NAMED.matcher(line);
      String fault = line.replaceFirst("^\\| ", "").replaceFirst(" \\|.*", "");
      while (line.startsWith("| ") && names.find()) {
        String name = names.group(1) + "." + names.group(2);
        if (TESTS.stream().noneMatch(test -> test.getSimpleName().equals(names.group(1)))) {
          continue;
        }
        boolean isOneOfMany = tested.stream().anyMatch(each -> each.endsWith(": " + name));
        assertThat(told.add(isOneOfMany ? fault + ": " + name : name)).as(line).isTrue();
      }
    }
    return told;
  }

  @Test
  void otherTests_thatTheTableNames_exist() throws Exception {
    Map<String, String> sources = ApiPromisesTest.sources();
    Matcher names = NAMED.matcher(Files.readString(Path.of("../docs/faults.md")));
    while (names.find()) {
      assertThat(sources.get(names.group(1))).contains("void " + names.group(2) + "(");
    }
  }

  @Test
  void table_hasARowForEachFaultThatIsTested_andForNoOther() throws Exception {
    Set<String> tested = tested();
    assertThat(tested).hasSizeGreaterThan(80);
    assertThat(told(tested)).isEqualTo(tested);
  }
}
