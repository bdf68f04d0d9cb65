import signal

from torch.distributed.run import main


def test_torchrun_tells_the_processes_what_training_reads(tmp_path):
    """The variables under which other tests train in two processes, and the share of the cores."""
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    told = "$WORLD_SIZE $LOCAL_WORLD_SIZE $RANK $LOCAL_RANK $MASTER_ADDR $MASTER_PORT"
    command = ["sh", "-c", f"echo {told} > {tmp_path}/$RANK"]
    try:
        main(["--standalone", "--nproc_per_node", "2", "--no_python", *command])
    finally:
        for number, handler in handlers.items():
            if signal.getsignal(number) != handler:
                signal.signal(number, handler)
    (first, second) = ((tmp_path / rank).read_text().split() for rank in "01")
    assert first[:4] == ["2", "2", "0", "0"] and second[:4] == ["2", "2", "1", "1"]
    assert first[4:] == second[4:] and int(first[5]) > 0
