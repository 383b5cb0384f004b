import com.google.googlejavaformat.java.Formatter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs google-java-format over the Java sources: {@code check} fails on a file that is not
 * formatted, {@code write} formats it. A program of its own because the formatter needs the parser
 * of the JDK that compiles the project, not of the one that happens to run Maven.
 */
final class Format {
  public static void main(String[] arguments) throws Exception {
    boolean write = arguments[0].equals("write");
    List<Path> unformatted = unformatted(javaFilesBelow(Path.of(arguments[1])), write);
    unformatted.forEach(
        file -> System.out.println((write ? "formatted " : "not formatted: ") + file));
    if (!write && !unformatted.isEmpty()) {
      System.err.println("run: mvn -q process-sources -Dtollgate.format.mode=write");
      System.exit(1);
    }
  }

  /** Those that are not formatted, by as many threads as there are processors. */
  private static List<Path> unformatted(List<Path> files, boolean write) throws Exception {
    List<Path> unformatted = new ArrayList<>();
    try (ExecutorService threads =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      List<Future<Boolean>> formatted = new ArrayList<>();
      files.forEach(file -> formatted.add(threads.submit(() -> isFormatted(file, write))));
      for (int i = 0; i < files.size(); i++) {
        if (!formatted.get(i).get()) {
          unformatted.add(files.get(i));
        }
      }
    }
    return unformatted;
  }

  private static boolean isFormatted(Path file, boolean write) throws Exception {
    String source = Files.readString(file);
    String formatted = new Formatter().formatSourceAndFixImports(source);
    if (formatted.equals(source)) {
      return true;
    }
    if (write) {
      Files.writeString(file, formatted);
    }
    return false;
  }

  private static List<Path> javaFilesBelow(Path root) throws IOException {
    try (var files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }
}
