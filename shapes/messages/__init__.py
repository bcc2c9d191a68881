"""What a report says of constraints whose shape has no ``sh:message``, and what fails inside nested shapes."""
