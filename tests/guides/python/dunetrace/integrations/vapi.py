class DunetraceVapiAdapter:
    def __init__(self, client, agent_id, *, model="unknown", system_prompt=""):
        pass

    def handle_message(self, payload):
        pass
