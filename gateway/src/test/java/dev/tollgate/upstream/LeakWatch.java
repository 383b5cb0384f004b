package dev.tollgate.upstream;

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

/** Fails a test class after which a buffer has been found that nobody released. */
final class LeakWatch implements BeforeAllCallback, AfterAllCallback {
  private final ListAppender<ILoggingEvent> reports = new ListAppender<>();

  @Override
  public void beforeAll(ExtensionContext context) {
    reports.start();
    detectorLog().addAppender(reports);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    // The detector looks for collected buffers whenever one is allocated.
    for (int i = 0; i < 5; i++) {
      System.gc();
      ByteBufAllocator.DEFAULT.directBuffer(64).release();
    }
    detectorLog().detachAppender(reports);
    assertThat(List.copyOf(reports.list))
        .extracting(ILoggingEvent::getFormattedMessage)
        .filteredOn(message -> message.startsWith("LEAK"))
        .isEmpty();
  }

  private static Logger detectorLog() {
    return (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
  }
}
