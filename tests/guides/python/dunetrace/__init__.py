"""
A stand-in for the package `dunetrace`: its public calls by their documented names and arguments, as far as guides use
them. A call of anything else fails. It prints the events that a call becomes.
"""
import functools
import inspect
from contextlib import contextmanager

_open = []


def get_current_run():
    return _open[-1] if _open else None


class PolicyViolation(Exception):
    policy_name = ""


class Run:
    model_override = None
    recovery_prompt = None
    response_pace = None
    stop_tts = False
    escalate_to_human = False

    def llm_called(self, model, prompt_tokens=0):
        print("llm.called", model)

    def llm_responded(self, completion_tokens=0, latency_ms=0, finish_reason="stop", output_length=0):
        print("llm.responded", finish_reason)

    def tool_called(self, tool_name, args=None):
        print("tool.called", tool_name, args)

    def tool_responded(self, tool_name, success=True, output_length=0, latency_ms=0, error=None):
        print("tool.responded", tool_name, success)

    def retrieval_called(self, index_name, query=""):
        print("retrieval.called", index_name)

    def retrieval_responded(self, index_name, result_count, top_score=None, latency_ms=0):
        print("retrieval.responded", index_name, result_count)

    def external_signal(self, signal_name, source="", **meta):
        print("external.signal", signal_name)

    def transcription_received(self, text, confidence=1.0, latency_ms=0, audio_seconds=0.0):
        print("transcription.received", confidence)

    def tts_generated(self, text, latency_ms=0, truncated=False, audio_seconds=0.0, *, voice_id=None, model=None,
                      provider=None):
        print("tts.generated", truncated)

    def voice_activity_detected(self, type, duration_ms=0):
        assert type in ("speech_start", "speech_end", "silence", "barge_in")

    def turn_taking(self, action, from_agent=False, to_user=False):
        assert action in ("agent_speaking", "user_speaking", "both_speaking", "neither")
        print("turn.taking", action)

    def recording_metadata(self, url, duration_seconds=0.0):
        pass

    def pop_prompt_addition(self):
        return None

    def final_answer(self):
        print("final answer")


class Dunetrace:
    def __init__(self, endpoint=None, api_key=None, *, emit_as_json=False, debug=False, api_url=None, policy_secret="",
                 policy_evaluation_reporting=None, max_field_chars=None, redact=None, redact_keys=None):
        pass

    @contextmanager
    def run(self, agent_id, *, user_input="", system_prompt="", model="unknown", tools=None, parent_run_id=None,
            conversation_id=None):
        run = Run()
        _open.append(run)
        print("run.started", agent_id, tools or [])
        try:
            yield run
            print("run.completed")
        except Exception:
            print("run.errored")
            raise
        finally:
            _open.pop()

    def init(self, agent_id="", frameworks=None):
        return self

    def auto_instrument(self, frameworks=None):
        pass

    def agent(self, agent_id="", *, model="unknown", tools=None, system_prompt="", input_from=None):
        def decorate(function):
            @functools.wraps(function)
            def traced(*args, **kwargs):
                with self.run(agent_id or "agent", tools=tools):
                    return function(*args, **kwargs)
            return traced
        return decorate

    def trace(self, agent_id_or_fn=None, *, model="unknown", tools=None, system_prompt="", input_from=None):
        if callable(agent_id_or_fn):
            return self.agent(agent_id_or_fn.__name__)(agent_id_or_fn)
        return self.agent(agent_id_or_fn, model=model, tools=tools)

    def tool(self, name_or_fn=None):
        if not callable(name_or_fn):
            return lambda function: self.tool(function)
        if inspect.iscoroutinefunction(name_or_fn):
            return name_or_fn

        @functools.wraps(name_or_fn)
        def tracked(*args, **kwargs):
            run = get_current_run()
            if run is None:
                return name_or_fn(*args, **kwargs)
            run.tool_called(name_or_fn.__name__, inspect.signature(name_or_fn).bind(*args, **kwargs).arguments)
            result = name_or_fn(*args, **kwargs)
            run.tool_responded(name_or_fn.__name__)
            return result
        return tracked

    def add_policy(self, name, condition, action, *, agent_id="*", priority=100, enabled=True):
        assert {"trigger", "operator"} <= set(condition) and "type" in action

    def mark_deploy(self, agent_id, version, **meta):
        pass

    def enable_pack(self, pack):
        pass

    def flush(self, *, block=False, timeout=5.0):
        pass

    def shutdown(self, timeout=5.0):
        print("shut down")


class DunetraceASGIMiddleware:
    def __init__(self, app, dt, agent_id, *, model="unknown", tools=None):
        pass


class DunetraceWSGIMiddleware(DunetraceASGIMiddleware):
    pass
