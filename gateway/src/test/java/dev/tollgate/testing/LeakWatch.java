package dev.tollgate.testing;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Listens to Netty's leak detector, which is paranoid in all tests, and fails the test class after
 * which a buffer has been found that nobody released. Or fails when it is closed, without JUnit.
 */
public final class LeakWatch implements BeforeAllCallback, AfterAllCallback, AutoCloseable {
  private final Logger detector = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
  private final ListAppender<ILoggingEvent> reports = new ListAppender<>();

  /** Begins to listen. */
  public LeakWatch open() {
    reports.start();
    detector.addAppender(reports);
    return this;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    open();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    close();
  }

  @Override
  public void close() {
    // The detector looks for collected buffers whenever one is allocated.
    for (int i = 0; i < 5; i++) {
      System.gc();
      ByteBufAllocator.DEFAULT.directBuffer(64).release();
    }
    detector.detachAppender(reports);
    assertThat(List.copyOf(reports.list))
        .extracting(ILoggingEvent::getFormattedMessage)
        .filteredOn(message -> message.startsWith("LEAK"))
        .isEmpty();
  }
}
