package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script `gateway/bin/tollgate`, with JDKs and a Maven that only say what they were told. */
class LauncherTest {
  @TempDir private Path directory;

  private Path root;
  private Path launcher;
  private Path jar;

  @BeforeEach
  void copyLauncher() throws IOException {
    root = directory.toRealPath().resolve("a project");
    launcher = root.resolve("gateway/bin/tollgate");
    jar = root.resolve("gateway/target/tollgate.jar");
    Files.createDirectories(launcher.getParent());
    Files.createDirectories(jar.getParent());
    Files.copy(Path.of("bin/tollgate"), launcher);
    Files.createFile(jar);
  }

  private static void script(Path file, String body) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + body);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A JDK whose java prints its process, its home, and its arguments, one to a line. */
  private Path jdk(String version) throws IOException {
    Path home = directory.resolve("jdk " + version);
    script(home.resolve("bin/java"), "echo $$ \"" + version + "\"\nprintf '%s\\n' \"$@\"\n");
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  private record Ran(long pid, int exit, String output) {}

  private Ran run(Path command, Path javaHome, String... arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("sh", command.toString());
    builder.command().addAll(java.util.List.of(arguments));
    builder.environment().put("JAVA_HOME", javaHome.toString());
    builder.environment().put("TOLLGATE_JAVA_OPTS", "-Dmine=1");
    builder
        .environment()
        .merge("PATH", directory.resolve("path").toString(), (old, mine) -> mine + ":" + old);
    builder.redirectErrorStream(true).directory(directory.toFile());
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ran(process.pid(), process.exitValue(), output);
  }

  @Test
  void launcher_becomesTheJvm_soThatSignalsReachIt() throws Exception {
    Ran ran = run(launcher, jdk("25.0.1"), "serve", "--config", "a b.yaml");

    assertThat(ran.output().lines())
        .containsExactly(
            ran.pid() + " 25.0.1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseZGC",
            "-XX:MaxRAMPercentage=40",
            "-XX:+ExitOnOutOfMemoryError",
            "-Dmine=1",
            "-jar",
            jar.toString(),
            "serve",
            "--config",
            "a b.yaml");
  }

  @Test
  void olderJdk_isNotGivenOptionsThatItDoesNotKnow() throws Exception {
    assertThat(run(launcher, jdk("21.0.4"), "serve").output())
        .contains("-XX:+ZGenerational")
        .doesNotContain("sun-misc-unsafe");
  }

  @Test
  void shortCommand_startsFast() throws Exception {
    assertThat(run(launcher, jdk("25"), "--json", "config", "check").output())
        .contains("-XX:TieredStopAtLevel=1")
        .doesNotContain("ZGC");
  }

  @Test
  void tooOldJavaHome_isPassedOver() throws Exception {
    assertThat(run(launcher, jdk("17.0.15"), "--version").output()).doesNotContain("17.0.15");
    assertThat(run(launcher, jdk("1.8.0_392"), "--version").output()).doesNotContain("1.8.0");
  }

  @Test
  void launcher_throughLinks_findsItsJar() throws Exception {
    Path link = directory.resolve("link");
    Path linkToLink = Files.createDirectory(directory.resolve("elsewhere")).resolve("tg");
    Files.createSymbolicLink(link, launcher);
    Files.createSymbolicLink(linkToLink, Path.of("../link"));

    assertThat(run(linkToLink, jdk("25"), "--version").output()).contains(jar + "\n");
  }

  @Test
  void missingJar_isBuiltFirst() throws Exception {
    Files.delete(jar);
    script(
        directory.resolve("path/mvn"),
        "echo mvn \"$@\" in \"$PWD\" with \"$JAVA_HOME\"\n: > gateway/target/tollgate.jar\n");

    Path home = jdk("25");
    assertThat(run(launcher, home, "--version").output())
        .contains("tollgate: building " + jar + ", once")
        .contains("mvn -q -B -DskipTests package in " + root + " with " + home)
        .contains("-jar\n" + jar);
  }

  @Test
  void failedBuild_isSaidAndExitsWithOne() throws Exception {
    Files.delete(jar);
    script(directory.resolve("path/mvn"), "exit 3\n");

    Ran ran = run(launcher, jdk("25"), "--version");
    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.output()).contains("tollgate: the build failed").doesNotContain("-jar");
  }
}
