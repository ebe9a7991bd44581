class DunetraceHaystackTracer:
    def __init__(self, client, agent_id="haystack-pipeline", system_prompt="", model="unknown", tools=None):
        pass
