package io.sluice.shm.testing;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/**
 * Runs the plain tests of a class ({@code @Test}, {@code @BeforeEach}, {@code @AfterEach}) in a JVM of their own with
 * other options: settings such as {@code sluice.natives} are read once a process.
 */
public final class ForkedTests {
    private static final String RESULT = "test-result:";
    private static final String FAILED = "failed";
    private static final String END = "end";

    private ForkedTests() {}

    /** Runs all tests of {@code type}; an AssertionError names those that failed, with their stack traces. */
    public static void run(List<String> options, Class<?> type) throws InterruptedException {
        List<String> failures = new ArrayList<>();
        int count = 0;
        try (ForkedJvm fork = ForkedJvm.start(options, Main.class, type.getName())) {
            String result = fork.awaitLine(RESULT);
            while (!result.equals(END)) {
                count++;
                if (result.startsWith(FAILED)) {
                    failures.add(result.replace("\\n", System.lineSeparator()));
                }
                result = fork.awaitLine(RESULT);
            }
        }
        if (!failures.isEmpty() || count == 0) {
            throw new AssertionError(type.getSimpleName() + " with other options: options=" + options + ", tests="
                    + count + ", failed=" + failures.size() + System.lineSeparator()
                    + String.join(System.lineSeparator(), failures));
        }
    }

    /** The forked side. */
    static final class Main {
        public static void main(String[] arguments) throws Exception {
            Class<?> type = Class.forName(arguments[0]);
            for (Method test : methods(type, Test.class)) {
                System.out.println(RESULT + run(type, test));
            }
            System.out.println(RESULT + END);
            System.exit(0);
        }

        private static String run(Class<?> type, Method test) throws Exception {
            Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            Object instance = constructor.newInstance();
            try {
                try {
                    invoke(methods(type, BeforeEach.class), instance);
                    invoke(List.of(test), instance);
                } finally {
                    invoke(methods(type, AfterEach.class), instance);
                }
                return "passed " + test.getName();
            } catch (InvocationTargetException e) {
                boolean aborted = e.getCause() instanceof TestAbortedException;
                return (aborted ? "skipped " : FAILED + " ") + test.getName() + ": " + text(e.getCause());
            }
        }

        private static void invoke(List<Method> methods, Object instance) throws Exception {
            for (Method method : methods) {
                method.setAccessible(true);
                method.invoke(instance);
            }
        }

        private static List<Method> methods(Class<?> type, Class<? extends Annotation> annotation) {
            List<Method> found = new ArrayList<>();
            for (Class<?> at = type; at != null; at = at.getSuperclass()) {
                Arrays.stream(at.getDeclaredMethods())
                        .filter(method -> method.isAnnotationPresent(annotation))
                        .sorted(Comparator.comparing(Method::getName))
                        .forEach(found::add);
            }
            return found;
        }

        private static String text(Throwable failure) {
            StringWriter text = new StringWriter();
            failure.printStackTrace(new PrintWriter(text));
            return text.toString().replace("\n", "\\n");
        }
    }
}
