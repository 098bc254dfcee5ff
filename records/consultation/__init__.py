"""Consultation by people from outside the unions 外单位查档: asked for, narrowed, decided, read under supervision."""
