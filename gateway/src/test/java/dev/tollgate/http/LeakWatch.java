package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Listens to Netty's leak detector, which the build runs in paranoid mode. */
final class LeakWatch implements AutoCloseable {
  private static final String DETECTOR = "io.netty.util.ResourceLeakDetector";

  private final Logger logger = (Logger) LoggerFactory.getLogger(DETECTOR);
  private final ListAppender<ILoggingEvent> leaks = new ListAppender<>();

  LeakWatch() {
    leaks.start();
    logger.addAppender(leaks);
  }

  /** Fails when a buffer was lost since this was made. */
  @Override
  public void close() {
    for (int i = 0; i < 3; i++) {
      System.gc();
      ByteBuf probe = ByteBufAllocator.DEFAULT.buffer(16); // leaks are reported on allocation
      probe.release();
    }
    logger.detachAppender(leaks);
    assertThat(List.copyOf(leaks.list))
        .filteredOn(event -> event.getLevel() == Level.ERROR)
        .extracting(ILoggingEvent::getFormattedMessage)
        .isEmpty();
  }
}
