import com.google.googlejavaformat.java.Formatter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs google-java-format over the Java sources: {@code check} fails on a file that is not
 * formatted, {@code write} formats it. A program of its own because the formatter needs the parser
 * of the JDK that compiles the project, not of the one that happens to run Maven.
 */
final class Format {
  public static void main(String[] arguments) throws Exception {
    boolean write = arguments[0].equals("write");
    List<Path> unformatted = new ArrayList<>();
    for (Path file : javaFilesBelow(Path.of(arguments[1]))) {
      String source = Files.readString(file);
      String formatted = new Formatter().formatSourceAndFixImports(source);
      if (!formatted.equals(source)) {
        unformatted.add(file);
        if (write) {
          Files.writeString(file, formatted);
        }
      }
    }
    unformatted.forEach(
        file -> System.out.println((write ? "formatted " : "not formatted: ") + file));
    if (!write && !unformatted.isEmpty()) {
      System.err.println("run: mvn -q process-sources -Dtollgate.format.mode=write");
      System.exit(1);
    }
  }

  private static List<Path> javaFilesBelow(Path root) throws IOException {
    try (var files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }
}
