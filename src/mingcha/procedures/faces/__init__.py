"""One definition, many faces (一份定义，多种呈现): chart, BPMN, guide, checklist, editing. Pure: no ORM, no requests."""
