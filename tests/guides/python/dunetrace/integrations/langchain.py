class DunetraceCallbackHandler:
    def __init__(self, client, agent_id, system_prompt="", model="unknown", tools=None):
        self.agent_id, self.tools = agent_id, tools
