package dev.tollgate.cli;

/** Keeps a process running until a signal ends it, and then closes what ran in good order. */
final class Foreground {
  private Foreground() {}

  /** Never returns in practice: the signal ends the process once {@code running} is closed. */
  static int run(AutoCloseable running) throws InterruptedException {
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("tollgate-stop")
                .unstarted(
                    () -> {
                      try {
                        running.close();
                      } catch (Exception broken) {
                        System.err.println("tollgate: did not stop in good order: " + broken);
                      }
                    }));
    Thread.currentThread().join();
    return 0;
  }
}
