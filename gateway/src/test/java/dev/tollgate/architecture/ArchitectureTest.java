package dev.tollgate.architecture;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.tollgate.domain.Blocking;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The house as docs/architecture.md draws it: floors, no cycles, and what may not be done where.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchitectureTest {
  private static final String ROOT = "dev.tollgate.";
  private static final Path SOURCES = Path.of("src/main/java/dev/tollgate");

  /** Each package and those it may import; {@code domain} is open to all. */
  private static final Map<String, Set<String>> FLOORS =
      Map.ofEntries(
          Map.entry("domain", Set.of()),
          Map.entry("media", Set.of()),
          Map.entry("metering", Set.of()),
          Map.entry("pricing", Set.of()),
          Map.entry("frames", Set.of()),
          Map.entry("http2", Set.of()),
          Map.entry("http", Set.of("frames", "http2")),
          Map.entry("ledger", Set.of()),
          Map.entry("auth", Set.of()),
          Map.entry("upstream", Set.of("frames", "http2")),
          Map.entry("dialect", Set.of("media", "metering")),
          Map.entry("simulator", Set.of("http")),
          Map.entry("pricemap", Set.of("pricing")),
          Map.entry("archive", Set.of("ledger")),
          Map.entry(
              "proxy",
              Set.of(
                  "metering",
                  "pricing",
                  "dialect",
                  "frames",
                  "http",
                  "auth",
                  "ledger",
                  "upstream")),
          Map.entry(
              "kept", Set.of("metering", "pricing", "dialect", "ledger", "upstream", "proxy")),
          Map.entry("checks", Set.of("dialect", "upstream", "proxy")),
          Map.entry(
              "account",
              Set.of(
                  "auth",
                  "pricing",
                  "ledger",
                  "archive",
                  "billing",
                  "billing.payment",
                  "billing.plan",
                  "billing.invoice")),
          Map.entry("billing", Set.of()),
          Map.entry("billing.mail", Set.of("billing", "ledger", "archive")),
          Map.entry(
              "billing.payment", Set.of("billing", "billing.mail", "ledger", "archive", "pricing")),
          Map.entry(
              "billing.plan", Set.of("billing", "billing.mail", "ledger", "archive", "pricing")),
          Map.entry(
              "billing.invoice", Set.of("billing", "billing.mail", "ledger", "archive", "pricing")),
          Map.entry("runs", Set.of("billing", "pricing", "ledger", "archive", "kept", "proxy")),
          Map.entry("metrics", Set.of("proxy", "upstream", "ledger", "archive")),
          Map.entry(
              "api.customer",
              Set.of(
                  "http",
                  "account",
                  "auth",
                  "pricing",
                  "ledger",
                  "archive",
                  "billing",
                  "billing.payment",
                  "billing.plan",
                  "billing.invoice",
                  "runs")),
          Map.entry(
              "api.admin",
              Set.of(
                  "http",
                  "account",
                  "auth",
                  "ledger",
                  "archive",
                  "billing",
                  "billing.payment",
                  "billing.plan",
                  "billing.invoice")),
          Map.entry("api.mcp", Set.of("http", "account", "ledger")),
          Map.entry("api.payments", Set.of("http", "billing", "billing.payment")),
          Map.entry("api.console", Set.of("http")),
          Map.entry(
              "config",
              Set.of(
                  "metering",
                  "pricing",
                  "dialect",
                  "http",
                  "auth",
                  "ledger",
                  "archive",
                  "upstream",
                  "proxy",
                  "kept",
                  "billing.mail",
                  "billing.payment",
                  "billing.plan",
                  "billing.invoice",
                  "runs")),
          Map.entry("app", Set.of("*")),
          Map.entry("cli", Set.of("app", "archive", "config", "http", "pricemap", "pricing")));

  /** Packages whose code runs on event loops, unless it says {@link Blocking}. */
  private static final Set<String> ENGINE =
      Set.of(
          "domain",
          "media",
          "metering",
          "pricing",
          "http2",
          "frames",
          "http",
          "ledger",
          "auth",
          "upstream",
          "dialect",
          "simulator",
          "proxy",
          "kept",
          "checks",
          "account",
          "billing",
          "runs",
          "metrics",
          "api.customer",
          "api.admin",
          "api.mcp",
          "api.payments",
          "api.console");

  /** Of the instance: it is large, and not to be kept when this has been run. */
  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.tollgate");

  @Test
  void packages_importOnlyTheFloorsNamedForThem() {
    Set<String> violations = new TreeSet<>();
    for (JavaClass from : classes) {
      from.getDirectDependenciesFromSelf().stream()
          .filter(dependency -> dependency.getTargetClass().getPackageName().startsWith(ROOT))
          .filter(dependency -> !isAllowed(from, dependency.getTargetClass()))
          .forEach(dependency -> violations.add(dependency.getDescription()));
    }
    assertThat(violations).isEmpty();
  }

  @Test
  void packages_formNoCycles() {
    slices().matching("dev.tollgate.(**)").should().beFreeOfCycles().check(classes);
  }

  @Test
  void everyPackage_hasADescription() throws IOException {
    try (Stream<Path> folders = Files.walk(SOURCES)) {
      List<Path> undescribed =
          folders
              .filter(Files::isDirectory)
              .filter(ArchitectureTest::hasSources)
              .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
              .toList();
      assertThat(undescribed).isEmpty();
    }
  }

  @Test
  void moneyLedgerAndPricing_knowNoFloatingPoint() throws IOException {
    Pattern floating = Pattern.compile("\\b(double|float|Double|Float|doubleValue|floatValue)\\b");
    Map<Path, String> found = new TreeMap<>();
    for (String name : List.of("domain", "pricing", "pricemap", "ledger")) {
      try (Stream<Path> files = Files.walk(SOURCES.resolve(name))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          floating
              .matcher(withoutComments(Files.readString(file)))
              .results()
              .findFirst()
              .ifPresent(match -> found.put(file, match.group()));
        }
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  void theEngine_neverBlocks() {
    Set<String> violations = new TreeSet<>();
    for (JavaClass type : classes) {
      if (ENGINE.contains(floorOf(type)) && !isMarked(type)) {
        type.getAccessesFromSelf().stream()
            .filter(access -> !access.getOrigin().isAnnotatedWith(Blocking.class))
            .filter(ArchitectureTest::isBlocking)
            .forEach(access -> violations.add(access.getDescription()));
      }
    }
    assertThat(violations).isEmpty();
  }

  private static boolean isAllowed(JavaClass from, JavaClass to) {
    String importer = floorOf(from);
    String imported = floorOf(to);
    assertThat(FLOORS).as("a floor for package %s", importer).containsKey(importer);
    Set<String> allowed = FLOORS.getOrDefault(importer, Set.of());
    return importer.equals(imported)
        || imported.equals("domain")
        || allowed.contains("*")
        || allowed.contains(imported);
  }

  private static String floorOf(JavaClass type) {
    return type.getPackageName().substring(ROOT.length());
  }

  private static boolean hasSources(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> file.toString().endsWith(".java"));
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }

  private static String withoutComments(String source) {
    return source.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//[^\n]*", "");
  }

  private static boolean isMarked(JavaClass type) {
    return type.isAnnotatedWith(Blocking.class)
        || type.getEnclosingClass().map(ArchitectureTest::isMarked).orElse(false);
  }

  private static boolean isBlocking(JavaAccess<?> access) {
    Map<String, Set<String>> blocking =
        Map.of(
            "java.lang.Thread", Set.of("sleep", "join"),
            "java.lang.Object", Set.of("wait"),
            "java.util.concurrent.CompletableFuture", Set.of("get", "join"),
            "java.util.concurrent.Future", Set.of("get"),
            "java.util.concurrent.CountDownLatch", Set.of("await"),
            "java.util.concurrent.BlockingQueue", Set.of("put", "take"),
            "java.util.concurrent.Semaphore", Set.of("acquire"),
            "io.netty.channel.ChannelFuture", Set.of("sync", "await", "syncUninterruptibly"),
            "io.netty.util.concurrent.Future", Set.of("sync", "await", "get"),
            "java.net.InetAddress", Set.of("getByName", "getAllByName"));
    Set<String> blockingTypes =
        Set.of(
            "java.nio.file.Files",
            "java.io.FileInputStream",
            "java.io.FileOutputStream",
            "java.net.Socket",
            "java.lang.ProcessBuilder",
            "java.util.concurrent.locks.LockSupport");
    String owner = access.getTargetOwner().getName();
    return blockingTypes.contains(owner)
        || blocking.getOrDefault(owner, Set.of()).contains(access.getName());
  }
}
