package dev.tollgate.testing;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
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
  private static final int COLLECTIONS_MAX = 20;
  private static final long TELL_MILLIS_MAX = 500;

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
    // What the first collection found is known for certain once the second has been heard of.
    collect();
    collect();
    // The detector looks for collected buffers whenever one is allocated.
    ByteBufAllocator.DEFAULT.directBuffer(64).release();
    detector.detachAppender(reports);
    assertThat(List.copyOf(reports.list))
        .extracting(ILoggingEvent::getFormattedMessage)
        .filteredOn(message -> message.startsWith("LEAK"))
        .isEmpty();
  }

  /** Returns when the collector has told of what it found. */
  private static void collect() {
    ReferenceQueue<Object> told = new ReferenceQueue<>();
    PhantomReference<Object> witness = new PhantomReference<>(new Object(), told);
    try {
      for (int i = 0; i < COLLECTIONS_MAX; i++) {
        System.gc();
        if (told.remove(TELL_MILLIS_MAX) != null) {
          return;
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    throw new AssertionError("the collector does not tell what it found");
  }
}
