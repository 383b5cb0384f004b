package dev.tollgate.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The browser of whoever sits at this machine. */
final class Browser {
  private Browser() {}

  /**
   * Opens a page, where there is a browser and a screen. Does not wait for it.
   *
   * @return whether it was told to
   */
  static boolean open(String url) {
    boolean isMac = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac");
    boolean isScreen = isMac || isSet("DISPLAY") || isSet("WAYLAND_DISPLAY");
    Optional<Path> opener =
        isScreen && (url.startsWith("https://") || url.startsWith("http://"))
            ? onPath(isMac ? "open" : "xdg-open")
            : Optional.empty();
    if (opener.isEmpty()) {
      return false;
    }
    try {
      ProcessBuilder command = new ProcessBuilder(opener.get().toString(), url);
      command.redirectErrorStream(true);
      command.redirectOutput(ProcessBuilder.Redirect.DISCARD);
      command.start().getOutputStream().close();
      return true;
    } catch (IOException notToday) {
      return false; // the address has been printed
    }
  }

  private static boolean isSet(String variable) {
    String value = System.getenv(variable);
    return value != null && !value.isEmpty();
  }

  private static Optional<Path> onPath(String name) {
    String path = System.getenv("PATH");
    return Arrays.stream((path == null ? "" : path).split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> new File(folder, name).toPath())
        .filter(Files::isExecutable)
        .findFirst();
  }
}
