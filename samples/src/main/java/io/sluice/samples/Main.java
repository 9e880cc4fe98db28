package io.sluice.samples;

import io.sluice.shm.domain.ResourceBusyException;
import io.sluice.shm.memory.IncompatibleFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The command line of the samples. */
@Command(
        name = "samples/run",
        description = "Streams bytes from one process to another through shared memory.",
        subcommands = {SendCommand.class, ReceiveCommand.class, DemoCommand.class},
        synopsisSubcommandLabel = "COMMAND",
        optionListHeading = "%n",
        commandListHeading = "%nCommands:%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:everything was transferred",
            "1:input, output or shared memory failed",
            "2:the command line was not understood, or the channel or the domain was refused",
            "3:receive: the sender was killed or gave up; the output is a prefix of its input",
            "4:send: the receiver was killed or gave up",
            "5:receive: the beginning of the transfer was over before this receiver came",
            "6:the other side did not come in time"
        })
final class Main {
    static final int FAILED = 1;
    static final int REFUSED = 2;
    static final int SENDER_GONE = 3;
    static final int RECEIVER_GONE = 4;
    static final int JOINED_LATE = 5;
    static final int NOBODY_CAME = 6;

    @SuppressWarnings("UnusedVariable") // picocli looks at it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Print this.")
    private boolean help;

    private Main() {}

    public static void main(String[] args) {
        CommandLine commands = new CommandLine(new Main());
        commands.setExecutionExceptionHandler(Main::report);
        System.exit(commands.execute(args));
    }

    /** What a user can do something about is a line of text; anything else is a fault of ours and keeps its trace. */
    private static int report(Exception e, CommandLine command, ParseResult arguments) throws Exception {
        if (e instanceof TransferException transfer) {
            return tell(e, transfer.exitCode());
        }
        if (e instanceof ResourceBusyException
                || e instanceof IncompatibleFileException
                || e instanceof IllegalArgumentException) {
            return tell(e, REFUSED);
        }
        if (e instanceof IOException || e instanceof UncheckedIOException || e instanceof IllegalStateException) {
            return tell(e, FAILED);
        }
        throw e;
    }

    private static int tell(Exception e, int exitCode) {
        // The message of a file system's exception is often nothing but a path.
        String kind = e instanceof FileSystemException ? e.getClass().getSimpleName() + ": " : "";
        System.err.println("samples: " + kind + e.getMessage());
        return exitCode;
    }
}
